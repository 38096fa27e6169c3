"""Profiles from other people's data, and other programs' files from profiles.

Each converter takes what stands in a file and gives plain data that the model checks, with a report of what it left
behind and why. What the file does not hold stays absent; what breaks its own format is left behind, never guessed.
"""
