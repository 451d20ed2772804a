"""The clinic's own people, from files: patients, who pays for them, who acts for them.

What they share with the catalogue's files is in `catalog.importing`. Here nothing
repeats what a cell says: a refusal names the line and the column (LOG-02).
"""

from accounts.importing.coverages import COVERAGES
from accounts.importing.guardianships import GUARDIANSHIPS
from accounts.importing.patients import PATIENTS
from catalog.importing import batches, registry


def register() -> None:
    """In the order in which a clinic loads them."""
    for kind in (PATIENTS, COVERAGES, GUARDIANSHIPS):
        registry.register(batches.importer(kind))
