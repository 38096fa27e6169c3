"""The pure core: no file, no thread, no driver, no reading of a clock; `now` is an argument."""
