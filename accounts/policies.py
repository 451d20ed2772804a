"""Rules: values in, answer out. No database, no clock."""

MOST_COVERAGES = 6


def coverage_books(*, verified: bool, agreement_books_unverified: bool) -> bool:
    """An affiliation serves once verified; before that, where its agreement says so."""
    return verified or agreement_books_unverified


def may_declare_another(*, waiting_or_verified: int) -> bool:
    return waiting_or_verified < MOST_COVERAGES
