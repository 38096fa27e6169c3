"""`python -m tests.docs.write`: reference, schema, devices, and all answers in the pages, as they are today."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs import devices, profile_schema, reference
from tests.docs.pages import PAGES, ROOT, rerun, text_of


def main() -> None:
    """Write every page whose text has changed."""
    (ROOT / "docs" / "reference.md").write_text(reference.render(), encoding="utf-8")
    (ROOT / profile_schema.PLACE).write_text(profile_schema.render(), encoding="utf-8")
    for old in (ROOT / devices.FOLDER).glob("*.md"):
        old.unlink()
    for place, text in devices.render().items():
        (ROOT / place).write_text(text, encoding="utf-8")
    for page in PAGES:
        with TemporaryDirectory() as folder:
            text = rerun(text_of(page), Path(folder))
        (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
