"""Every address, by app. Patients read these paths: they are in Spanish."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("portal.ui.urls")),
    path("", include("accounts.urls")),
    path("", include("appointments.urls")),
    path("", include("portal.messaging.urls")),
    path("", include("portal.ops.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]

handler400 = "portal.ui.errors.bad_request"
handler403 = "portal.ui.errors.forbidden"
handler404 = "portal.ui.errors.not_found"
handler500 = "portal.ui.errors.broken"
