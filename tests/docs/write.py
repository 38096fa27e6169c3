"""`python -m tests.docs.write`: the reference, and all answers in the pages, as the program gives them today."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs import reference
from tests.docs.pages import PAGES, ROOT, rerun, text_of


def main() -> None:
    """Write every page whose text has changed."""
    (ROOT / "docs" / "reference.md").write_text(reference.render(), encoding="utf-8")
    for page in PAGES:
        with TemporaryDirectory() as folder:
            text = rerun(text_of(page), Path(folder))
        (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
