from django.urls import URLPattern, path

from accounts.views import legal, registration, sign_in

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("registro/", registration.who, name="register"),
    path("registro/datos/", registration.details, name="register_details"),
    path("registro/codigo/", registration.channel, name="register_channel"),
    path("registro/codigo/confirmar/", registration.code, name="register_code"),
    path("registro/codigo/otro/", registration.again, name="register_again"),
    path("registro/listo/", registration.done, name="register_done"),
    path("ingresar/", sign_in.password, name="sign_in"),
    path("ingresar/codigo/", sign_in.channel, name="sign_in_channel"),
    path("ingresar/codigo/confirmar/", sign_in.code, name="sign_in_code"),
    path("ingresar/codigo/otro/", sign_in.again, name="sign_in_again"),
    path("ingresar/textos/", sign_in.terms, name="sign_in_terms"),
    path("legal/<slug:kind>/", legal.in_force, name="legal"),
    path("legal/<slug:kind>/<int:number>/", legal.version, name="legal_version"),
]
