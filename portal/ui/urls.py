from django.urls import path

from portal.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.index, name="index"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("captcha/<slug:key>.png", views.captcha_image, name="captcha_image"),
    path("captcha/<slug:key>.wav", views.captcha_audio, name="captcha_audio"),
]
