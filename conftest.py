"""What every test may use."""

pytest_plugins = ["portal.testing.fixtures", "catalog.tests.fixtures"]
