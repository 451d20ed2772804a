"""The one thing the interface remembers: which captcha belongs to whom and to which form."""

from django.db import models


class CaptchaTicket(models.Model):
    """A captcha that was shown, or a right answer kept for a while; opens once.

    The library's own row holds the letters. This one ties them to the visitor and
    to the form, on the server (CAP-01).
    """

    key = models.CharField(max_length=64, unique=True)
    visitor = models.CharField(max_length=64)
    purpose = models.CharField(max_length=40)
    solved_at = models.DateTimeField(null=True)
    posts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%Y-%m-%d %H:%M}"
