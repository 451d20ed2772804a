"""What each page asks of the database: a constant, and at most twelve."""

import pytest

from accounts.tests import walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("smtp_server", "twilio_server"),
]
MOST = 12


@pytest.fixture(autouse=True)
def captcha_passes(settings):
    settings.CAPTCHA_TEST_MODE = True


@pytest.mark.parametrize(
    "path",
    [
        "/registro/",
        "/registro/datos/",
        "/registro/codigo/",
        "/registro/codigo/confirmar/",
    ],
)
def test_registration_pages(path, client, django_assert_max_num_queries):
    walk.until_code(client)

    with django_assert_max_num_queries(MOST):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/ingresar/", "/ingresar/codigo/", "/ingresar/codigo/confirmar/"]
)
def test_sign_in_pages(path, client, django_assert_max_num_queries):
    walk.type_password(client, walk.resident())
    client.post("/ingresar/codigo/", {"canal": "email"})

    with django_assert_max_num_queries(MOST):
        assert client.get(path).status_code == 200
