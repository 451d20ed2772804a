"""The hour at which most tests happen."""

from datetime import UTC, datetime

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # Monday, noon in Bogotá
