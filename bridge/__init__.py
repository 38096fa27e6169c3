"""midi-bridge plays an AI's MIDI part on real instruments and keeps what the hand corrects."""

__version__ = "0.1.0"
