"""What the tour of every page sees of an agenda without times, or without any soon."""

from appointments.tests.addresses import ULTRASOUND
from appointments.tests.addresses import page as wizard
from appointments.tests.factories import ScheduleFactory
from appointments.tests.network import Network, at
from catalog.models import Procedure
from catalog.tests.factories import ProcedureFactory


def exam(network: Network, name: str) -> Procedure:
    """Another one, that nobody else in the tour asks for, at both sites of Bogotá."""
    made = ProcedureFactory(name=name, specialty=network.radiology)
    for site in (network.chapinero, network.suba, network.poblado):
        network.schedules[f"{name} {site}"] = ScheduleFactory(
            procedure=made, site=site, services=[made]
        )
    return made


def address(user, procedure: Procedure, **answers: str) -> str:
    asked = {**ULTRASOUND, "procedimiento": procedure.code, **answers}
    return wizard(user, "agenda", **asked)


def walk(visit, user, network: Network) -> None:
    """Empty with ways out, with nothing anywhere, and far with something sooner."""
    rare = exam(network, "Ecografía de tobillo")
    nothing = address(user, rare, sede=network.chapinero.code)
    visit.open(nothing)
    for site, days in ((network.suba, 2), (network.poblado, 1)):
        network.slots(f"{rare.name} {site}", at(days, 8), at(days, 15))
    visit.open(nothing, address(user, rare, sede=network.chapinero.code, jornada="am"))
    network.slots(f"{rare.name} {network.chapinero}", at(20, 8))
    visit.open(nothing)
