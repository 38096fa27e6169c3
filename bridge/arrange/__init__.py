"""Which part goes to which instrument: a song and a rig become a schedule."""
