"""The portal's addresses and the cheapest page there can be: session, user, template."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from portal.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

PAGE = engines["django"].from_string(
    "<!doctype html><p>Hola, {{ request.user.pk }}</p>"
)


def minimal(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.render({}, request))


urlpatterns = [*urlpatterns, path("minimal/", minimal, name="minimal")]
