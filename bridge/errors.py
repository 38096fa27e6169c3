"""Every error a user can meet, in two families under one root.

    BridgeError                 one line: what happened, what to do
    ├── CallerError             the caller was wrong: exit code 2
    │   ├── NotMidi             the bytes are no MIDI file
    │   ├── BadFile             missing, a folder, unreadable, too large, no regular file
    │   ├── BadOption           an option's value cannot be used
    │   ├── UnknownPort         no port has that name, or several do (SeveralPorts)
    │   ├── BadProfile          a device profile breaks a rule
    │   ├── BadRig              the file of a rig breaks a rule
    │   ├── BadEdit             an edit that the song cannot take
    │   ├── CannotRevert        nothing to undo, or a later correction stands on it
    │   └── RefusedOverwrite    the target exists, or is the source
    └── WorldError              the world failed: exit code 1
        ├── DriverError         no driver, or the driver or device failed (Refused: one message only)
        ├── DiskError           full, read-only, or failing disk
        ├── BadSession          the file is no session, or a damaged one
        └── SessionLocked       another program has the session open

Messages start in lower case and quote, in single quotes, only what the user typed or owns.
"""


class BridgeError(Exception):
    """The root: its text is one line for a person."""

    exit_code = 1


class CallerError(BridgeError):
    """The caller asked for something that cannot be done as asked."""

    exit_code = 2


class WorldError(BridgeError):
    """A device, a driver or a disk failed."""


class NotMidi(CallerError):
    """The bytes are no Standard MIDI File; the text names what they look like."""


class BadFile(CallerError):
    """A path that cannot be read as a file."""


class BadOption(CallerError):
    """An option's value is outside what the command can use."""


class UnknownPort(CallerError):
    """No port, or more than one port, answers to the name."""


class SeveralPorts(UnknownPort):
    """The name may mean several ports, so that none is meant."""


class BadProfile(CallerError):
    """A device profile breaks a rule; the text names file, key, value and what is allowed."""


class BadRig(CallerError):
    """The file of a rig breaks a rule; the text names file, key, value and what is allowed."""


class BadEdit(CallerError):
    """An edit names a note or event that is not there, or a value out of range."""


class CannotRevert(CallerError):
    """There is nothing to take back, or a later correction stands on it."""


class RefusedOverwrite(CallerError):
    """The target exists already and nobody asked to replace it."""


class DriverError(WorldError):
    """No MIDI driver is here, or a driver or device failed."""


class Refused(DriverError):
    """A port does not take one message, and goes on with all else."""


class DiskError(WorldError):
    """The disk is full, read-only or failing."""


class BadSession(WorldError):
    """The file is no session of ours, or it is damaged."""


class SessionLocked(WorldError):
    """Another program has the session open for writing."""
