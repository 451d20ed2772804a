"""The addresses of «Citas médicas»."""

from django.urls import path

from appointments.views import (
    agreement,
    answers,
    booking,
    calendars,
    changes,
    detail,
    filing,
    groups,
    joining,
    lists,
    offers,
    office,
    orders,
    reminders,
    requests,
    tutorial,
    video,
    waiting,
)
from appointments.wizard import orders as wizard_orders
from appointments.wizard import views as wizard
from appointments.wizard.together import filling, holding, papers
from appointments.wizard.together import views as together

app_name = "appointments"

PERSON = "citas/de/<uuid:person>/nueva"
ONE = "citas/<uuid:appointment_id>"
GROUP = "citas/varias/<uuid:group_id>"
PLACE = "citas/espera/<uuid:entry_id>"

urlpatterns = [
    path("oficina/", office.office, name="office"),
    path("citas/ingresar/", office.enter, name="enter"),
    path("citas/convenio/", agreement.agreement, name="agreement"),
    path(
        "citas/de/<uuid:person>/convenio/", agreement.agreement_of, name="agreement_of"
    ),
    path("calendario/<slug:token>.ics", calendars.feed, name="feed"),
    path("citas/calendario/", calendars.calendars, name="calendars"),
    path("citas/calendario/quitar/", calendars.revoke, name="revoke_calendar"),
    path("citas/tutorial/", tutorial.tutorial, name="tutorial"),
    path("citas/avisos/", reminders.reminders, name="reminders"),
    path("citas/r/<str:token>/", answers.answer, name="answer"),
    path("citas/r/<str:token>/voy/", answers.come, name="answer_come"),
    path(
        "citas/r/<str:token>/no-puedo-ir/",
        answers.cannot_go,
        name="answer_cannot_go",
    ),
    path("citas/o/<str:token>/", offers.offer, name="offer_link"),
    path("citas/o/<str:token>/aceptar/", offers.accept, name="offer_link_accept"),
    path("citas/o/<str:token>/no-me-sirve/", offers.decline, name="offer_link_decline"),
    path("citas/", lists.mine, name="list"),
    # A number and a day where there is no time to choose.
    path("citas/de/<uuid:person>/radicar/", filing.file_request, name="file_request"),
    path("citas/radicado/<uuid:entry_id>/", filing.filed_request, name="filed_request"),
    path("citas/nueva/", wizard.new, name="new"),
    path("citas/nueva/paciente/", wizard.for_whom, name="for_whom"),
    path(f"{PERSON}/", wizard.start, name="start"),
    path(f"{PERSON}/fechas/", wizard.dates, name="dates"),
    path(f"{PERSON}/orden/", wizard_orders.order, name="order"),
    path(f"{PERSON}/agenda/", wizard.see_agenda, name="agenda"),
    path(f"{PERSON}/apartar/", wizard.hold, name="hold"),
    # Several appointments at once.
    path(f"{PERSON}/varias/", filling.basket, name="several"),
    path(f"{PERSON}/varias/ciudad/", together.city, name="several_city"),
    path(f"{PERSON}/varias/sede/", together.site, name="several_site"),
    path(f"{PERSON}/varias/orden/", papers.order, name="several_order"),
    path(f"{PERSON}/varias/fechas/", together.dates, name="several_dates"),
    path(f"{PERSON}/varias/planes/", together.plans, name="several_plans"),
    path(f"{PERSON}/varias/por-separado/", together.apart, name="several_apart"),
    path(f"{PERSON}/varias/apartar/", holding.hold, name="several_hold"),
    path(f"{PERSON}/<slug:slug>/", wizard.question, name="question"),
    # Several held together.
    path(f"{GROUP}/recomendaciones/", groups.instructions, name="group_instructions"),
    path(f"{GROUP}/telesalud/", groups.consent, name="group_consent"),
    path(f"{GROUP}/revisar/", groups.review, name="group_review"),
    path(f"{GROUP}/confirmar/", groups.confirm, name="group_confirm"),
    path(f"{GROUP}/mas-tiempo/", groups.extend, name="group_extend"),
    path(f"{GROUP}/soltar/", groups.release, name="group_release"),
    path(f"{GROUP}/listo/", groups.voucher, name="group_voucher"),
    path(f"{GROUP}/cancelar/", groups.cancel, name="group_cancel"),
    # The waiting list.
    path("citas/de/<uuid:person>/espera/", joining.join, name="join_waiting_list"),
    path(f"{ONE}/antes/", joining.join_for_sooner, name="join_for_sooner"),
    path(f"{PLACE}/", waiting.entry, name="waiting_entry"),
    path(f"{PLACE}/salir/", waiting.leave, name="leave_waiting_list"),
    path(f"{PLACE}/aceptar/", waiting.accept, name="accept_offer"),
    path(f"{PLACE}/no-me-sirve/", waiting.decline, name="decline_offer"),
    path(f"{ONE}/recomendaciones/", booking.instructions, name="instructions"),
    path(f"{ONE}/telesalud/", booking.consent, name="consent"),
    path(f"{ONE}/revisar/", booking.review, name="review"),
    path(f"{ONE}/confirmar/", booking.confirm, name="confirm"),
    path(f"{ONE}/mas-tiempo/", booking.extend, name="extend"),
    path(f"{ONE}/soltar/", booking.release, name="release"),
    path(f"{ONE}/listo/", detail.voucher, name="voucher"),
    path(f"{ONE}/cambiar/", changes.change, name="change"),
    path(f"{ONE}/cancelar/", changes.cancel, name="cancel"),
    path(f"{ONE}/cancelada/", changes.cancelled, name="cancelled"),
    path(f"{ONE}/no-puedo-ir/", changes.cannot_go, name="cannot_go"),
    path(f"{ONE}/solicitud/", requests.request_page, name="request"),
    path(f"{ONE}/solicitud/cancelar/", requests.cancel, name="cancel_request"),
    path(f"{ONE}/solicitud/aceptar/", requests.take, name="take_proposal"),
    path(f"{ONE}/solicitud/no-me-sirve/", requests.refuse, name="refuse_proposal"),
    path(f"{ONE}/cita.ics", detail.calendar, name="calendar"),
    path(f"{ONE}/video/", video.enter, name="video"),
    path(f"{ONE}/orden/", orders.order_of, name="order_of"),
    path("citas/ordenes/<uuid:file_id>/", orders.file, name="order_file"),
    path(f"{ONE}/", detail.detail, name="detail"),
]
