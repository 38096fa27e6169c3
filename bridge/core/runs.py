"""Unbroken runs in a row of numbers: channels, keys, controllers that stand for one thing.

Pure. Called where a row becomes routes, and where it is said in words.
"""

from collections.abc import Iterable


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """(first, last) of each run in which every number is one more than that before it, in the order of the row."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
