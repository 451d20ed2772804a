"""The clinic's own agendas, from a file, published as they are loaded."""

from appointments.importing.schedules import SCHEDULES
from catalog.importing import loading, registry


def register() -> None:
    """After the people: agendas are the last that a clinic loads."""
    registry.register(loading.importer(SCHEDULES))
