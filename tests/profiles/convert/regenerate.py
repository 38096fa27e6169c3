"""Makes the converted profiles in `firmware_profiles/` anew from the data sets that they come from.

    python -m tests.profiles.convert.regenerate midi-guide FOLDER        a checkout of github pencilresearch/midi
    python -m tests.profiles.convert.regenerate instrumentdefs FOLDER    the `corpus` folder of pymidiinstrumentdefs

Run by a maintainer; the files are committed with the program. Equal data give equal bytes. LICENSE and NOTICE.md stay
as they are. The second needs a YAML reader, which this project has no other use for: `pip install pyyaml`.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bridge.profiles.convert import instrumentdefs, midi_guide, toml_out
from bridge.profiles.convert.converted import Converted
from bridge.profiles.load import data_folder
from bridge.profiles.model import check

MIDI_GUIDE: Final = "commit dd5a716999e6 of 2026-06-30"
INSTRUMENTDEFS: Final = "0.4.1"
LEFT: Final = "left-behind.tsv"
TRIGGERS: Final = ".triggers.csv"
COMMENTS: Final = {
    "midi-guide": "Converted from MIDI Guide, CC BY-SA 4.0: see LICENSE and NOTICE.md in this set's folder.\n"
    "Made by a program: what is changed here by hand is lost when it is made anew.",
    "instrumentdefs": "Converted from PyMidiInstrumentDefs, MIT: see LICENSE and NOTICE.md in this set's folder.\n"
    "Made by a program: what is changed here by hand is lost when it is made anew.",
}


def main(words: Sequence[str]) -> None:
    kind, folder = words
    set_ = data_folder() / kind
    for old in set_.glob("*/"):
        shutil.rmtree(old)
    left = []
    for source, converted in SETS[kind](Path(folder)):
        path, text = file_of(kind, converted)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        left += [f"{source}\t{one.where}\t{one.what}\t{one.why}\n" for one in converted.left]
    (set_ / LEFT).write_text("file\twhere\twhat\twhy\n" + "".join(left), encoding="utf-8")


def file_of(kind: str, converted: Converted) -> tuple[Path, str]:
    """Where a profile of the set lies, and what stands in its file."""
    profile = check(converted.data, str(converted.data["name"]))
    return data_folder() / f"{profile.name}.toml", toml_out.text(profile, COMMENTS[kind])


def _guides(folder: Path) -> Iterator[tuple[str, Converted]]:
    """Every device of MIDI Guide; the two files `template` describe none."""
    for path in sorted(folder.glob("*/*.csv")):
        triggers = path.with_name(f"{path.stem}{TRIGGERS}")
        if path.name.endswith(TRIGGERS):
            if not path.with_name(f"{path.name.removesuffix(TRIGGERS)}.csv").exists():
                yield f"{path.parent.name}/{path.name}", guide(None, path.read_bytes())
        else:
            yield (
                f"{path.parent.name}/{path.name}",
                guide(path.read_bytes(), triggers.read_bytes() if triggers.exists() else None),
            )


def guide(parameters: bytes | None, triggers: bytes | None) -> Converted:
    """One device of MIDI Guide as it lies in the set."""
    return midi_guide.convert(parameters, triggers, "midi-guide", MIDI_GUIDE)


def _definitions(folder: Path) -> Iterator[tuple[str, Converted]]:
    read = import_module("yaml").safe_load
    for path in sorted(folder.glob("*/*.yaml")):
        name = f"{path.parent.name}/{path.stem}"
        yield f"{name}.yaml", definition(read(path.read_text(encoding="utf-8")), name)


def definition(document: Mapping[str, Any], name: str) -> Converted:
    """One instrument of PyMidiInstrumentDefs as it lies in the set."""
    return instrumentdefs.convert(document, name, "instrumentdefs", INSTRUMENTDEFS)


SETS: Final[Mapping[str, Callable[[Path], Iterator[tuple[str, Converted]]]]] = {
    "midi-guide": _guides,
    "instrumentdefs": _definitions,
}

if __name__ == "__main__":
    main(sys.argv[1:])
