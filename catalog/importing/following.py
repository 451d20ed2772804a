"""When a field follows the file: as long as nobody at the clinic wrote something else."""

from collections.abc import Mapping

from django.db.models import NOT_PROVIDED, Field, ManyToManyField, Model

from catalog.importing.kind import Kind, plain

_UNSAID = object()


def follows(
    source: Mapping[str, object], name: str, current: object, *, empty: object
) -> bool:
    """Whether a field still says what the last file said, or nothing at all."""
    base = source.get(name, _UNSAID)
    if base is _UNSAID:
        return current in (None, "", [], empty)
    return bool(plain(current) == base)


def empty_values(model: type[Model]) -> dict[str, object]:
    """What each field says before anybody says anything."""
    return {
        field.attname: "" if field.default is NOT_PROVIDED else field.get_default()
        for field in model._meta.get_fields()
        if isinstance(field, Field) and not isinstance(field, ManyToManyField)
    }


def because(kind: Kind, changed: list[str], kept: list[str]) -> str:
    """What a row changed and what it left, by the names of the fields."""
    if not changed and not kept:
        return ""
    titles = {column.field: column.title for column in kind.columns}
    titles |= {f.attname: str(f.verbose_name) for f in kind.model._meta.fields}
    said = []
    if changed:
        names = ", ".join(titles.get(name, name) for name in changed)
        said.append(f"Cambió: {names}.")
    if kept:
        names = ", ".join(titles.get(name, name) for name in kept)
        said.append(f"Se conserva lo que editó la clínica: {names}.")
    return " ".join(said)
