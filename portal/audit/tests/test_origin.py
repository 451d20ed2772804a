"""Where a request came from (WEB-08)."""

from uuid import UUID

import pytest

from portal.audit.origin import client_address, origin_of

PROXY, CLIENT, LIE = "10.0.0.1", "203.0.113.7", "198.51.100.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, PROXY),
        (0, CLIENT, PROXY),
        (1, CLIENT, CLIENT),
        (1, f"{LIE}, {CLIENT}", CLIENT),
        (1, f"{LIE},{LIE},,{CLIENT}", CLIENT),
        (2, f"{LIE}, {CLIENT}, 10.0.0.2", CLIENT),
        (2, CLIENT, CLIENT),
        (1, None, PROXY),
        (1, "", PROXY),
        (1, ", ,", PROXY),
        (1, f"{CLIENT}, garbage", PROXY),
        (1, "1.2.3", PROXY),
        (1, "a" * 10_000, PROXY),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "2001:0DB8:0:0::0007", "2001:db8::7"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, f"::ffff:{CLIENT}", CLIENT),
        (1, f"{CLIENT}:51234", CLIENT),
        (1, "\x00", PROXY),
    ],
)
def test_the_address_is_the_one_our_own_proxy_saw(
    rf, settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    request = rf.get("/", headers=headers, REMOTE_ADDR=PROXY)

    assert client_address(request) == address


def test_a_connection_without_address_has_none(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="")) is None


def test_the_request_has_one_id_however_often_it_is_asked(rf):
    request = rf.get("/")

    assert origin_of(request) == origin_of(request)
    assert UUID(origin_of(request).request_id)


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (1, "req-12345678", True),
        (0, "req-12345678", False),
        (1, "evil\nline", False),
        (1, "x" * 37, False),
    ],
)
def test_only_our_proxy_names_requests(rf, settings, proxies, given, kept):
    settings.TRUSTED_PROXIES = proxies

    request = rf.get("/", headers={"X-Request-ID": given})

    assert (origin_of(request).request_id == given) is kept


def test_the_browsers_name_is_one_short_line(rf):
    """INJ-06"""
    request = rf.get("/", headers={"User-Agent": "Firefox\r\nX: 1\x00" + "a" * 500})

    agent = origin_of(request).user_agent
    assert agent.isprintable()
    assert len(agent) == 200
