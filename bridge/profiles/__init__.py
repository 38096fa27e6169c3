"""What devices are: data files, their format and its checks."""
