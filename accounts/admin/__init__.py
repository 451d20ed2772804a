"""What the clinic's people see of persons, in the admin."""

from accounts.admin import coverages, legal, patients, users

__all__ = ["coverages", "legal", "patients", "users"]
