"""No request fills the disk or the memory with a file (UPL-01)."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

# A little over what any page takes, so that the page can say what it takes.
LARGEST = 5 * 1024 * 1024 + 1024


class Limited(FileUploadHandler):
    """A file that is too long is dropped; the rest of the form arrives, and is told so."""

    received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > LARGEST and self.request is not None:
            dropped = self.request.META.setdefault("portal.dropped_files", [])
            dropped.append(self.field_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler keeps it."""
