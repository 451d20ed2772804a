"""The addresses of «Citas médicas»."""

from django.urls import path

from appointments.views import agreement, booking, detail, lists, office, tutorial
from appointments.wizard import views as wizard

app_name = "appointments"

PERSON = "citas/de/<uuid:person>/nueva"
ONE = "citas/<uuid:appointment_id>"

urlpatterns = [
    path("oficina/", office.office, name="office"),
    path("citas/ingresar/", office.enter, name="enter"),
    path("citas/convenio/", agreement.agreement, name="agreement"),
    path(
        "citas/nueva/convenio/",
        agreement.agreement_then_new,
        name="agreement_then_new",
    ),
    path("citas/tutorial/", tutorial.tutorial, name="tutorial"),
    path("citas/", lists.mine, name="list"),
    path("citas/nueva/", wizard.new, name="new"),
    path(f"{PERSON}/fechas/", wizard.dates, name="dates"),
    path(f"{PERSON}/agenda/", wizard.see_agenda, name="agenda"),
    path(f"{PERSON}/apartar/", wizard.hold, name="hold"),
    path(f"{PERSON}/<slug:slug>/", wizard.question, name="question"),
    path(f"{ONE}/recomendaciones/", booking.instructions, name="instructions"),
    path(f"{ONE}/telesalud/", booking.consent, name="consent"),
    path(f"{ONE}/revisar/", booking.review, name="review"),
    path(f"{ONE}/confirmar/", booking.confirm, name="confirm"),
    path(f"{ONE}/mas-tiempo/", booking.extend, name="extend"),
    path(f"{ONE}/soltar/", booking.release, name="release"),
    path(f"{ONE}/listo/", detail.voucher, name="voucher"),
    path(f"{ONE}/cita.ics", detail.calendar, name="calendar"),
    path(f"{ONE}/", detail.detail, name="detail"),
]
