from django.apps import AppConfig
from django.core import checks

from portal.ops.checks import organisation_is_named


class OpsConfig(AppConfig):
    name = "portal.ops"
    label = "ops"
    verbose_name = "operación"

    def ready(self) -> None:
        checks.register(organisation_is_named, deploy=True)
