"""The portal without lock and claim, for the twin of the race through HTTP. Tests only."""

import time
from importlib import import_module

from portal.wsgi import application

__all__ = ["application"]

# Models can be imported only after the application was made.
sabotage = import_module("appointments.tests.sabotage")
sabotage.look_then_write(setattr, pause=lambda: time.sleep(0.5))
sabotage.drop_claim(setattr)
