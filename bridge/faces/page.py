"""The report of a session: its picture with its figures, as one HTML page.

Called by `export --report` and by the demo, which adds what only it knows.
"""

from collections.abc import Sequence

from bridge.faces.picture import Table, picture_of
from bridge.faces.render import report
from bridge.session.report import corrections_list, summary
from bridge.session.session import SOURCE, Session


def page(
    session: Session,
    export_name: str,
    export: bytes,
    source_label: str | None = None,
    *,
    facts: Sequence[tuple[str, str]] = (),
    tables: Sequence[Table] = (),
) -> str:
    """The page for an export and the session it came from; `source_label` is what the source's author is called."""
    label = source_label or SOURCE
    figures = summary(session, export)
    events = figures["events"]
    stands = ("events of the source unchanged", f"{events['unchanged']:,} of {events['source']:,}")
    authors = [
        [label if author == SOURCE else author, *(f"{count:,}" for count in counted.values())]
        for author, counted in figures["notes"].items()
    ]
    tools = [
        [tool, str(counted["live"]), str(counted["taken_back"])] for tool, counted in figures["corrections"].items()
    ]
    counted_fields = next(iter(figures["notes"].values()))
    picture = picture_of(
        session,
        export_name,
        corrections_list(session.corrections.values()),
        source_label=label,
        facts=(stands, *facts),
        tables=(
            Table("Notes by author, and what was changed of them", ("author", *counted_fields), authors),
            Table("Corrections by tool", ("tool", "live", "taken back"), tools),
            *tables,
        ),
    )
    return report(picture)
