"""Why a message did not go out. Codes only: a provider's words may name people."""


class MessagingError(Exception):
    """Anything below; `code` says which, without personal data («Twilio 21211»)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:200]


class UnknownKind(MessagingError):
    """Nobody registered this kind of message."""


class Refused(MessagingError):
    """The provider will never take this message: do not try again."""


class NotSent(MessagingError):
    """It surely did not go out; try again later."""


class ProviderDown(NotSent):
    """It surely did not go out, and the next message would not either (NOT-07)."""


class InDoubt(MessagingError):
    """It may have gone out: the answer got lost."""


class ProviderMuted(MessagingError):
    """The provider cannot be asked now what it received."""
