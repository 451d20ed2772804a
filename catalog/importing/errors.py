"""Refusals: of a whole file, or of one row."""


class FileRefused(Exception):
    """Nothing of the file is taken. The message says what to do."""


class RowRefused(Exception):
    """This row is not taken. `meant` is the code that it perhaps wanted to give."""

    def __init__(self, message: str, *, meant: str = "") -> None:
        super().__init__(message)
        self.meant = meant
