"""The professional's way into the room of a virtual appointment."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from appointments import video
from appointments.models import Appointment

CLOSED = "Se abre diez minutos antes de la cita y se cierra al final."


class WithRoom(admin.ModelAdmin):
    """While the room is open its link is on the page, whose reading is written down."""

    @admin.display(description="videollamada")
    def room_link(self, row: Appointment) -> str:
        if not video.has_room(row):
            return "No tiene"
        if not video.is_open(row, now=timezone.now()):
            return CLOSED
        return format_html(
            '<a href="{}" rel="noopener noreferrer">Entrar a la videollamada</a>',
            video.address(row),
        )
