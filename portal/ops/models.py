"""What the demo remembers of itself. Empty in a real installation."""

from django.db import models


class DemoNetwork(models.Model):
    """This database belongs to the demo: it may be filled, and it may be emptied."""

    edition = models.PositiveSmallIntegerField()
    # Empty while it is being filled: a load that was cut short is begun again.
    loaded_at = models.DateTimeField(null=True)
    published_until = models.DateField()

    def __str__(self) -> str:
        return f"red de demostración, edición {self.edition}"
