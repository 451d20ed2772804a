"""The letters of the captcha, and how they sound in Spanish."""

import secrets

# Without letters that look or sound alike.
ALPHABET = "ACDEFHJKLMNPRTUVXYZ"
LENGTH = 5


def letters() -> tuple[str, str]:
    """The challenge as drawn and the answer as compared."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return text, text.lower()
