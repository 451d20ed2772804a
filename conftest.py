"""What every test may use."""

pytest_plugins = [
    "portal.testing.browser",
    "portal.testing.fixtures",
    "catalog.tests.fixtures",
]
