"""How bytes travel: one file for each driver, each the only one that imports it."""
