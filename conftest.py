"""What every test may use."""

pytest_plugins = [
    "portal.testing.seeds",
    "portal.testing.browser",
    "portal.testing.fixtures",
    "catalog.tests.fixtures",
]
