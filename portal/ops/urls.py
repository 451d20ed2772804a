from django.urls import path

from portal.ops import views

app_name = "ops"
urlpatterns = [
    path("salud/", views.live, name="live"),
    path("listo/", views.ready, name="ready"),
]
