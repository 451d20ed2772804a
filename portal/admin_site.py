"""The staff's own admin: only for staff who entered with a second factor (AUT-17)."""

from django_otp.admin import OTPAdminSite


class PortalAdminSite(OTPAdminSite):
    site_header = "Oficina virtual: administración"
    site_title = "Administración"
    index_title = "Qué quiere hacer"
