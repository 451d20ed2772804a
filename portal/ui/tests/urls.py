"""The portal's addresses and a few pages that only tests need."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.http import require_POST

from portal.ui import fields
from portal.ui.forms import PortalForm

PAGE = engines["django"].from_string("""{% extends "base.html" %}
{% block title %}Formulario{% endblock %}
{% block body %}<div class="narrow center flow">{% include "partials/errors.html" %}
<h1>Formulario</h1>
<form method="post" novalidate>{% csrf_token %}{{ form.nombres.as_field_group }}
{{ form.captcha.as_field_group }}
<div class="buttons"><button class="button" type="submit">Enviar</button></div></form>
</div>{% endblock %}""")


class SampleForm(PortalForm):
    nombres = fields.TextField(label="Nombres", missing="Escriba sus nombres")
    captcha = fields.CaptchaField(purpose="prueba")


@login_not_required
def sample(request: HttpRequest) -> HttpResponse:
    form = SampleForm(request.POST or None, request=request)
    if form.is_valid():
        return HttpResponse("ok")
    return HttpResponse(PAGE.render({"form": form}, request))


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("Rosa Elena 52123456 rosa@correo.example")


@login_not_required
def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@login_not_required
@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("prueba/", sample),
    path("rota/", broken),
    path("negada/", denied),
    path("solo-post/", only_post),
    path("privada/", private),
    path("", include("portal.urls")),
]
handler400 = "portal.ui.errors.bad_request"
handler403 = "portal.ui.errors.forbidden"
handler404 = "portal.ui.errors.not_found"
handler500 = "portal.ui.errors.broken"
