"""Rules: values in, answer out. No database, no clock."""
