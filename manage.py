#!/usr/bin/env python3
"""Every command of the portal. On a bare machine it first makes its own environment."""

import importlib.util
import os
import sys
from pathlib import Path


def prepare():
    """Run portal/bootstrap.py by its path: see there why, and for the rule."""
    path = Path(__file__).resolve().parent / "portal" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("portal_bootstrap", path)
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    bootstrap.main(sys.argv)


if __name__ == "__main__":
    prepare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
