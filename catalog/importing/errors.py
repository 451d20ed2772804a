"""Refusals: of a whole file, or of one row."""


class FileRefused(Exception):
    """Nothing of the file is taken. The message says what to do."""


class RowRefused(Exception):
    """This row is not taken. `meant` is the code that it perhaps wanted to give.

    `plainly` says the same without repeating what the cell says: files about people
    are reported so (LOG-02). Without it, they only name the column.
    """

    def __init__(self, message: str, *, meant: str = "", plainly: str = "") -> None:
        super().__init__(message)
        self.meant = meant
        self.plainly = plainly or "no se entiende."


class PersonRefused(RowRefused):
    """A refusal whose words repeat nothing of the row."""

    def __init__(self, message: str, *, meant: str = "") -> None:
        super().__init__(message, meant=meant, plainly=message)
