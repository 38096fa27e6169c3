"""A song with its corrections, routing and takes, in one file, and the way back to MIDI."""
