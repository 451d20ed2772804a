"""A search without a good answer is counted; what only looks again, or ahead, is not."""

from django.http import HttpRequest

from appointments import demand
from appointments.models import UnmetDemand
from appointments.wizard import quest
from appointments.wizard.asking import Asking
from appointments.wizard.query import Search

# The same agenda on another day, or opened further.
ONWARD = ("ver", "pagina", "mas")
# What a browser sends when it loads again what it shows. It says nothing of who asks.
AGAIN = ("no-cache", "max-age=0")


def note(
    request: HttpRequest,
    asking: Asking,
    search: Search,
    outcome: UnmetDemand.Outcome,
) -> None:
    """Count it by week, service, city and agreement.

    A browser that does not say that it loads a page again is counted again: to know
    better one would have to remember who looked at what.
    """
    if request.method != "GET" or _looks_ahead(request) or _looks_again(request):
        return
    if any(name in request.GET for name in ONWARD):
        return
    sought = demand.Sought(
        procedure_id=quest.procedure_of(asking, search).pk,
        agreement_id=asking.options.agreement.pk,
        modality=search.modality,
        city_code=search.city,
    )
    demand.note(outcome, sought, now=asking.now)


def _looks_ahead(request: HttpRequest) -> bool:
    """A page fetched before anybody asked for it."""
    said = (
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")
    )
    return any("prefetch" in value.lower() for value in said)


def _looks_again(request: HttpRequest) -> bool:
    return request.headers.get("Cache-Control", "").lower() in AGAIN
