"""Fixtures that every test uses."""

import pytest

from catalog import version


@pytest.fixture(autouse=True)
def fresh_catalogue_version(monkeypatch):
    """No test sees the version of another, and counts of queries do not hang on time."""
    monkeypatch.setattr(version, "LOOK_AGAIN_AFTER", 3600.0)
    version.forget()
