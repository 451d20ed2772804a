"""The room of a virtual appointment: open from ten minutes before until its end, to the second."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Guardianship
from accounts.tests.at_the_desk import enter, member
from accounts.tests.factories import UserFactory
from appointments import video
from appointments.errors import VideoClosed
from appointments.tests.network import at
from appointments.tests.past import appointment, child_of
from catalog.models import Modality
from portal.audit.models import AuditEvent
from portal.audit.origin import Origin

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HERE = Origin(address=None, user_agent="", request_id="x")


@pytest.fixture
def virtual(network, paciente):
    return appointment(network, paciente, schedule="virtual", start=at(2, 15, 20))


def address(made):
    return reverse("appointments:video", args=[made.pk])


def text(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode().replace("\xa0", " "))
    return " ".join(words.split())


MOMENTS = [
    ("start", timedelta(minutes=-10) - SECOND, False),
    ("start", timedelta(minutes=-10), True),
    ("start", timedelta(0), True),
    ("end", -SECOND, True),
    ("end", timedelta(0), False),
]


@pytest.mark.parametrize(("edge", "after", "opens"), MOMENTS)
def test_the_room_opens_and_closes_to_the_second(virtual, paciente, edge, after, opens):
    now = getattr(virtual, edge) + after

    assert video.is_open(virtual, now=now) is opens
    if opens:
        video.enter(virtual, by=paciente, origin=HERE, now=now)
    else:
        with pytest.raises(VideoClosed):
            video.enter(virtual, by=paciente, origin=HERE, now=now)


@pytest.mark.parametrize(("edge", "after", "opens"), MOMENTS)
def test_the_page_and_the_door_agree(client, paciente, virtual, edge, after, opens):
    """The address of the room is on no page, and behind its door only while it is open."""
    with time_machine.travel(getattr(virtual, edge) + after, tick=False):
        client.force_login(paciente)
        page = client.get(reverse("appointments:detail", args=[virtual.pk]))
        door = client.get(address(virtual))

    assert (address(virtual) in page.content.decode()) is opens
    assert video.room(virtual) not in page.content.decode()
    assert door.status_code == (302 if opens else 409)
    if not opens:
        assert video.room(virtual) not in door.content.decode()


def test_the_door_leads_to_the_room_and_is_written_down(client, paciente, virtual):
    """LOG-01."""
    with time_machine.travel(virtual.start, tick=False):
        client.force_login(paciente)
        response = client.get(address(virtual))

    entered = AuditEvent.objects.get(action="appointment.video_entered")
    assert response["Location"] == f"https://meet.jit.si/{video.room(virtual)}"
    assert response["Referrer-Policy"] == "same-origin"
    assert (entered.actor, entered.patient_ref) == (paciente, paciente.patient.token)


def test_the_room_is_the_same_for_ever_and_nobodys_guess(virtual, network, paciente):
    other = appointment(network, paciente, schedule="virtual", start=at(3, 8))

    assert video.room(virtual) == video.room(virtual)
    assert video.room(virtual) != video.room(other)
    assert re.fullmatch(r"ips-guayacan-[0-9a-f]{32}", video.room(virtual))
    assert str(virtual.pk).replace("-", "") not in video.room(virtual)


def test_the_place_of_the_rooms_is_a_setting(settings, virtual, paciente):
    settings.VIDEO_URL_TEMPLATE = "https://video.example/r/{room}?lang=es"

    entered = video.enter(virtual, by=paciente, origin=HERE, now=virtual.start)

    assert entered == f"https://video.example/r/{video.room(virtual)}?lang=es"


def test_before_it_opens_the_page_says_when(client, paciente, virtual):
    with time_machine.travel(virtual.start - timedelta(hours=2), tick=False):
        client.force_login(paciente)
        page = text(client.get(reverse("appointments:detail", args=[virtual.pk])))
        door = text(client.get(address(virtual)))

    assert "Puede entrar desde las 3:10 p. m. No tiene que instalar nada." in page
    assert "Todavía no puede entrar" in door
    assert page.count("Hoy ") == 1


def test_on_another_day_it_says_which(at_home, virtual):
    page = text(at_home.get(reverse("appointments:detail", args=[virtual.pk])))

    assert "Puede entrar desde las 3:10 p. m. del " in page


def test_after_its_end_the_door_says_so(client, paciente, virtual):
    with time_machine.travel(virtual.end, tick=False):
        client.force_login(paciente)

        assert "La videollamada ya terminó" in text(client.get(address(virtual)))


@pytest.mark.parametrize("path", ["cancelled", "fulfilled", "noshow", "proposed"])
def test_only_one_that_stands_has_a_room(client, paciente, network, path):
    made = appointment(network, paciente, path, schedule="virtual", start=at(2, 15, 20))
    with time_machine.travel(made.start, tick=False):
        client.force_login(paciente)

        assert client.get(address(made)).status_code == 404


def test_one_in_person_has_no_room(client, paciente, network):
    made = appointment(network, paciente, start=at(2, 8))
    assert made.modality == Modality.IN_PERSON
    with time_machine.travel(made.start, tick=False):
        client.force_login(paciente)

        assert client.get(address(made)).status_code == 404


def test_who_arrived_enters_too(client, paciente, network):
    made = appointment(
        network, paciente, "arrived", schedule="virtual", start=at(2, 15, 20)
    )
    with time_machine.travel(made.start, tick=False):
        client.force_login(paciente)

        assert client.get(address(made)).status_code == 302


def test_a_stranger_and_a_former_guardian_get_a_404(client, paciente, network):
    """ACC-01, ACC-03."""
    child = child_of(paciente)
    made = appointment(
        network, paciente, patient=child, schedule="virtual", start=at(2, 15, 20)
    )
    Guardianship.objects.update(state=Guardianship.State.ENDED)
    for somebody in (paciente, UserFactory()):
        with time_machine.travel(made.start, tick=False):
            client.force_login(somebody)

            assert client.get(address(made)).status_code == 404


@pytest.mark.parametrize(("edge", "after", "opens"), MOMENTS)
def test_the_professional_enters_from_the_admin(
    client, virtual, network, edge, after, opens
):
    """ACC-07: of their own sites, and only while the room is open."""
    with time_machine.travel(getattr(virtual, edge) + after, tick=False):
        user = member()
        user.sites.add(network.chapinero)
        enter(client, user)
        page = client.get(
            reverse("admin:appointments_appointment_change", args=[virtual.pk])
        )

    assert (video.address(virtual) in page.content.decode()) is opens


def test_without_signing_in_the_door_asks_to(client, virtual):
    assert reverse("accounts:sign_in") in client.get(address(virtual))["Location"]
