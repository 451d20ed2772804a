from django.urls import URLPattern, path

from accounts.views import legal

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("legal/<slug:kind>/", legal.in_force, name="legal"),
    path("legal/<slug:kind>/<int:number>/", legal.version, name="legal_version"),
]
