"""Codes that people say on the telephone: without 0, O, 1 and I."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def code(length: int) -> str:
    """Drawn by lot; whoever stores it has a unique constraint for the rare repetition."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
