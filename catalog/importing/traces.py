"""What remains of a load in the trail: which kind, and how many of each outcome (LOG-02)."""

from datetime import datetime

from catalog.importing.kind import Kind
from catalog.importing.report import Report
from portal.audit import trail


def remember_load(kind: Kind, report: Report, now: datetime) -> None:
    """One event for the file: counts, and not even the name of the file."""
    counts = {outcome.name.lower(): n for outcome, n in sorted(report.counts.items())}
    trail.record(action=f"import.{kind.name}", at=now, details={**counts})
