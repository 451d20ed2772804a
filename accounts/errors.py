"""Refusals about people and their accounts. Views turn them into words."""


class AccountError(Exception):
    """A rule about accounts said no. Subclasses say which one."""
