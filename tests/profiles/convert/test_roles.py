"""A role is given only where a name says it exactly, and not to the filter of a reverb."""

import pytest

from bridge.profiles.convert.roles import drum_role, parameter_role


@pytest.mark.parametrize(
    ("group", "name", "role"),
    [
        ("", "Filter Cutoff", "cutoff"),
        ("Filter", "Cutoff", "cutoff"),
        ("", "Cutoff", "cutoff"),
        ("Osc 1", "Cutoff", None),
        ("Reverb", "Filter cutoff", None),
        ("FX: Delay", "Filter: Cutoff", None),
        ("Amp EG", "Attack", "attack"),
        ("Filter envelope", "Attack", "filter attack"),
        ("", "Attack", None),
        ("LFO", "Speed", "lfo rate"),
        ("LFO 2", "Speed", None),
        ("Oscillator 2", "Volume", None),
        ("General", "Volume", "volume"),
        ("Delay", "Level", "delay"),
        ("", "", None),
    ],
)
def test_a_parameter_has_the_role_that_its_name_says(group: str, name: str, role: str | None) -> None:
    assert parameter_role(group, name) == role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Bass drum", "kick"),
        ("bass_drum", "kick"),
        ("TR909 Rim shot", "side stick"),
        ("kick2", "kick 2"),
        ("Zap", None),
        ("", None),
    ],
)
def test_a_drum_has_the_role_that_its_name_says(name: str, role: str | None) -> None:
    assert drum_role(name) == role
