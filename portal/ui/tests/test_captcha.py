"""CAP-01: an answer is judged by the server, once, soon, in its own session and form."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from captcha.models import CaptchaStore
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.ui import captcha, fields, jobs, speech, tickets
from portal.ui.forms import PortalForm
from portal.ui.models import CaptchaTicket

NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Bogota"))
HERE = tickets.Place(visitor="rosa", purpose="ingresar")


class SignIn(PortalForm):
    numero = fields.TextField(label="Número")
    captcha = fields.CaptchaField(purpose="ingresar")


class Register(PortalForm):
    captcha = fields.CaptchaField(purpose="registro")


@pytest.fixture
def request_of_rosa():
    return SimpleNamespace(session=SessionStore())


def shown_key(form: PortalForm) -> str:
    """Draws the field; the key that the page then holds."""
    page = str(form["captcha"].as_field_group())
    return re.search(r'name="captcha_0" value="([^"]+)"', page)[1]


def answer_of(key: str) -> str:
    return CaptchaStore.objects.get(hashkey=key).response


def answered(request, *, numero="5", key=None, text=None, form=SignIn) -> PortalForm:
    """The form as it comes back: right letters, unless the test gives others."""
    key = key or shown_key(form(request=request))
    text = answer_of(key) if text is None else text
    return form(
        {"numero": numero, "captcha_0": key, "captcha_1": text}, request=request
    )


def opens(key: str, answer: str) -> bool:
    try:
        tickets.take(key=key, answer=answer, place=HERE, now=timezone.now())
    except tickets.NotSolved:
        return False
    return True


@pytest.mark.django_db
def test_the_right_letters_pass_in_capitals_and_with_spaces_too(request_of_rosa):
    key = shown_key(SignIn(request=request_of_rosa))
    text = " ".join(answer_of(key).upper())

    assert answered(request_of_rosa, key=key, text=text).is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("xxxxx", "Las letras no coinciden. Escriba las de la imagen nueva"),
        ("", "Escriba las letras de la imagen"),
        ("PASSED", "Las letras no coinciden. Escriba las de la imagen nueva"),
    ],
)
def test_a_wrong_answer_is_refused_and_burns_the_captcha(
    request_of_rosa, text, message
):
    key = shown_key(SignIn(request=request_of_rosa))
    right = answer_of(key)

    form = answered(request_of_rosa, key=key, text=text)
    again = answered(request_of_rosa, key=key, text=right)

    assert form.error_summary == [("captcha_1", message)]
    assert not again.is_valid()


@pytest.mark.django_db
def test_a_used_key_does_not_open_again(request_of_rosa):
    key = shown_key(SignIn(request=request_of_rosa))
    text = answer_of(key)
    assert answered(request_of_rosa, key=key, text=text).is_valid()

    assert not answered(request_of_rosa, key=key, text=text).is_valid()


@pytest.mark.django_db
def test_another_session_cannot_use_it(request_of_rosa):
    key = shown_key(SignIn(request=request_of_rosa))
    stranger = SimpleNamespace(session=SessionStore())

    assert not answered(stranger, key=key).is_valid()


@pytest.mark.django_db
def test_another_form_cannot_use_it(request_of_rosa):
    key = shown_key(Register(request=request_of_rosa))

    assert not answered(request_of_rosa, key=key).is_valid()


@pytest.mark.django_db
def test_letters_that_the_library_made_for_nobody_do_not_pass(request_of_rosa):
    key = CaptchaStore.generate_key()

    assert not answered(request_of_rosa, key=key).is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "passes"), [(timedelta(minutes=4), True), (timedelta(minutes=5), False)]
)
def test_an_answer_counts_for_five_minutes(age, passes):
    key = tickets.new_captcha(place=HERE, now=NOON)
    store = CaptchaStore.objects.get(hashkey=key)
    made_at = store.expiration - timedelta(minutes=5)

    try:
        tickets.take(key=key, answer=store.response, place=HERE, now=made_at + age)
        passed = True
    except tickets.NotSolved:
        passed = False

    assert passed is passes


@pytest.mark.django_db
def test_a_right_answer_is_remembered_while_another_field_is_corrected(
    request_of_rosa,
):
    first = answered(request_of_rosa, numero="")
    key = shown_key(first)

    second = answered(request_of_rosa, key=key, text="")

    assert first.error_summary == [("numero", "Escriba este dato")]
    assert "No tiene que escribir las letras otra vez" in str(
        first["captcha"].as_field_group()
    )
    assert second.is_valid()


@pytest.mark.django_db
def test_what_is_remembered_opens_once_and_only_here(request_of_rosa):
    key = shown_key(answered(request_of_rosa, numero=""))
    stranger = SimpleNamespace(session=SessionStore())
    elsewhere = shown_key(answered(request_of_rosa, numero=""))

    assert answered(request_of_rosa, key=key, text="").is_valid()
    assert not answered(request_of_rosa, key=key, text="").is_valid()
    assert not answered(stranger, key=elsewhere, text="").is_valid()


@pytest.mark.django_db
def test_it_is_remembered_for_five_further_posts():
    solved = tickets.Solved(at=NOON)
    for _ in range(5):
        key = tickets.keep(solved=solved, place=HERE, now=NOON)
        solved = tickets.take(key=key, answer="", place=HERE, now=NOON)
    key = tickets.keep(solved=solved, place=HERE, now=NOON)

    with pytest.raises(tickets.NotSolved):
        tickets.take(key=key, answer="", place=HERE, now=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "passes"), [(10, True), (11, False)])
def test_it_is_remembered_for_ten_minutes_from_the_answer(minutes, passes):
    solved = tickets.Solved(at=NOON)
    later = NOON + timedelta(minutes=minutes)
    key = tickets.keep(solved=solved, place=HERE, now=NOON + timedelta(minutes=5))

    try:
        tickets.take(key=key, answer="", place=HERE, now=later)
        passed = True
    except tickets.NotSolved:
        passed = False

    assert passed is passes


@pytest.mark.django_db
def test_the_demo_and_the_tests_may_answer_passed(request_of_rosa, settings):
    settings.CAPTCHA_TEST_MODE = True

    assert answered(request_of_rosa, text="PASSED").is_valid()


def test_a_form_with_a_captcha_asks_for_its_request():
    with pytest.raises(TypeError):
        SignIn({})


@pytest.mark.contention
@pytest.mark.django_db(transaction=True)
def test_posts_of_one_answer_at_once_open_one_door():
    keys = [tickets.new_captcha(place=HERE, now=timezone.now()) for _ in range(5)]
    answers = {key: answer_of(key) for key in keys}
    start = Barrier(8)

    def post_all(_: int) -> list[str]:
        connection.ensure_connection()
        start.wait()
        passed = [key for key in keys if opens(key, answers[key])]
        connection.close()
        return passed

    with ThreadPoolExecutor(8) as pool:
        passed = [key for one in pool.map(post_all, range(8)) for key in one]

    assert sorted(passed) == sorted(keys)


@pytest.mark.django_db
def test_old_captchas_are_forgotten():
    old = timezone.now() - timedelta(hours=2)
    key = tickets.new_captcha(place=HERE, now=old)
    CaptchaStore.objects.filter(hashkey=key).update(expiration=old)
    fresh = tickets.new_captcha(place=HERE, now=timezone.now())

    jobs.purge_captchas()

    assert list(CaptchaStore.objects.values_list("hashkey", flat=True)) == [fresh]
    assert list(CaptchaTicket.objects.values_list("key", flat=True)) == [fresh]


@pytest.mark.django_db
def test_the_box_has_a_label_and_the_image_says_what_to_do(request_of_rosa):
    page = str(SignIn(request=request_of_rosa)["captcha"].as_field_group())

    assert '<label for="captcha_1">Escriba las letras de la imagen</label>' in page
    assert 'id="captcha_1" name="captcha_1" type="text" autocomplete="off"' in page
    assert 'alt="Imagen con letras. ' in page
    assert 'aria-describedby="captcha-h"' in page


@pytest.mark.django_db
def test_anybody_sees_the_image(client):
    key = tickets.new_captcha(place=HERE, now=timezone.now())

    response = client.get(reverse("ui:captcha_image", args=[key]))

    assert response.headers["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")


@pytest.mark.django_db
@pytest.mark.skipif(not speech.AVAILABLE, reason="espeak-ng is not installed")
def test_anybody_hears_the_letters_whole_or_in_part(client):
    """CAP-03: not by an image alone, and from no other host."""
    key = tickets.new_captcha(place=HERE, now=timezone.now())
    address = reverse("ui:captcha_audio", args=[key])

    whole = client.get(address)
    part = client.get(address, headers={"range": "bytes=0-3"})
    outside = client.get(address, headers={"range": "bytes=999999999-"})

    assert whole.headers["Content-Type"] == "audio/wav"
    assert int.from_bytes(whole.content[40:44], "little") == len(whole.content) - 44
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert outside.status_code == 416


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ui:captcha_image", "ui:captcha_audio"])
def test_letters_that_are_over_are_not_shown(client, name):
    key = tickets.new_captcha(place=HERE, now=timezone.now())
    CaptchaStore.objects.update(expiration=timezone.now())

    assert client.get(reverse(name, args=[key])).status_code == 404
    assert client.get(reverse(name, args=["9" * 20])).status_code == 404


def test_every_letter_has_a_name_to_be_spoken():
    assert set(speech.NAMES) == set(captcha.ALPHABET)


@pytest.mark.django_db
@pytest.mark.urls("portal.ui.tests.urls")
def test_a_visitor_goes_through_a_whole_form(client):
    page = client.get("/prueba/").content.decode()
    key = re.search(r'name="captcha_0" value="([^"]+)"', page)[1]
    sent = {"nombres": "Rosa", "captcha_0": key, "captcha_1": answer_of(key)}

    assert client.post("/prueba/", sent).content == b"ok"
