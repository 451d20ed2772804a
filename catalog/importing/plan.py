"""What a file would change, without changing it.

A field that still says what the last file said follows the next one; a field that the
clinic edited is the clinic's. Official fields always follow. Nothing is deleted: what
is gone from the file is switched off, what comes back is switched on again, and what
the clinic itself switched off, or made by hand, stays as it is.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from catalog.importing.following import because, empty_values, follows
from catalog.importing.kind import Kind, Values, plain
from catalog.importing.report import Outcome, Report
from catalog.importing.rows import Row, Rows

MANY_GONE = 0.5


@dataclass
class Plan:
    """Rows to make, to write with a history, and to write without one."""

    kind: Kind
    known: Any
    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    remembered: list[Any] = field(default_factory=list)
    links: dict[str, Values] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.remembered or self.links)


def make_plan(
    *,
    kind: Kind,
    known: Any,
    rows: Rows,
    report: Report,
    there: QuerySet[Any],
    complete: bool,
) -> Plan:
    """Compare the rows with those `there`; the report says what becomes of each."""
    plan = Plan(kind, known)
    if not rows.good:
        report.warnings.append(
            "Ninguna fila sirvió: no se tomó ni se desactivó nada. Corrija el archivo."
        )
        return plan
    made = _by_code(kind, there)
    merge = _Merge(plan, report)
    for row in rows.good:
        merge.row(row, made.get(row.code))
    if complete:
        _switch_off(plan, made, rows.named, report)
    return plan


def _by_code(kind: Kind, there: QuerySet[Any]) -> dict[str, Any]:
    aside = [linked.prefetch for linked in kind.linked.values()]
    return {row.code: row for row in there.order_by().prefetch_related(*aside)}


def _switch_off(
    plan: Plan, there: dict[str, Any], named: set[str], report: Report
) -> None:
    in_file = [made for made in there.values() if made.in_file]
    gone = [made for made in in_file if made.code not in named]
    for made in gone:
        made.in_file = False
        if made.active:
            made.active = False
            plan.changed.append(made)
            report.add(None, made.code, Outcome.GONE, f"{made}. No se borra.")
        else:
            plan.remembered.append(made)
    if gone and len(gone) > MANY_GONE * len(in_file):
        report.warnings.append(
            f"El archivo no trae {len(gone)} de los {len(in_file)} {plan.kind.title} que "
            "trajo el anterior, y quedaron desactivados. Si es un archivo parcial, "
            "importe otra vez el completo: volverán a activarse."
        )


class _Merge:
    """Brings one row of the file together with what there is."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self._plan, self._report = plan, report
        self._kind = plan.kind
        self._official = {c.field for c in plan.kind.columns if c.official} | {"visit"}
        self._linked = plan.kind.linked
        self._empty = empty_values(plan.kind.model)

    def row(self, row: Row, made: Any | None) -> None:
        if made is None:
            self._new(row)
        else:
            self._old(row, made)

    def _new(self, row: Row) -> None:
        fields = {f: v for f, v in row.values.items() if f not in self._linked}
        made = self._kind.model(**fields, in_file=True)
        made.source = self._said(row.values)  # type: ignore[attr-defined]
        if self._derives(row):
            name = self._derived(made)
            made.name = made.source["name"] = name  # type: ignore[attr-defined]
        self._link(row)
        self._plan.new.append(made)
        self._report.add(row.line, row.code, Outcome.NEW)

    def _old(self, row: Row, made: Any) -> None:
        back = not made.in_file and not made.active
        before = (made.in_file, made.source)
        changed, kept = self._follow(row, made)
        said = self._said(row.values)
        if self._derives(row) and "name" in made.source:
            said["name"] = self._derived(made)
            if made.name == made.source["name"]:
                made.name = said["name"]
        made.active = made.active or back
        made.in_file, made.source = True, said
        if changed or back:
            self._plan.changed.append(made)
        elif before != (True, said):
            self._plan.remembered.append(made)
        outcome = Outcome.BACK if back else Outcome.CHANGED if changed else Outcome.SAME
        self._report.add(
            row.line, row.code, outcome, because(self._kind, changed, kept)
        )

    def _derives(self, row: Row) -> bool:
        """Whether the name for the patient comes from the official one."""
        return self._kind.derive is not None and "name" not in row.values

    def _derived(self, made: Any) -> str:
        assert self._kind.derive is not None  # noqa: S101 - only asked after _derives
        return self._kind.derive(made.official_name)

    def _follow(self, row: Row, made: Any) -> tuple[list[str], list[str]]:
        """Names of the fields that changed, and of those that the clinic keeps."""
        changed, kept = [], []
        for name, value in row.values.items():
            current = self._current(made, name)
            if current == value:
                continue
            if name in self._official or self._follows(made, name, current):
                changed.append(name)
                if name in self._linked:
                    self._link(row)
                else:
                    setattr(made, name, value)
            else:
                kept.append(name)
        return changed, kept

    def _follows(self, made: Any, name: str, current: object) -> bool:
        return follows(made.source, name, current, empty=self._empty.get(name, ""))

    def _current(self, made: Any, name: str) -> object:
        linked = self._linked.get(name)
        return linked.read(made) if linked else getattr(made, name)

    def _link(self, row: Row) -> None:
        for name in self._linked.keys() & row.values.keys():
            self._plan.links.setdefault(row.code, {})[name] = row.values[name]

    def _said(self, values: Values) -> dict[str, object]:
        return {
            name: plain(value)
            for name, value in values.items()
            if name != "code" and name not in self._official
        }
