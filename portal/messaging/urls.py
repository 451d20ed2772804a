from django.urls import path

from portal.messaging import views

app_name = "messaging"
urlpatterns = [
    path("s/<str:token>", views.follow, name="short_link"),
    path("s/<str:token>/", views.follow),
    path("mensajes/twilio/", views.twilio_status, name="twilio"),
    path("demo/mensajes/", views.demo_messages, name="demo_messages"),
]
