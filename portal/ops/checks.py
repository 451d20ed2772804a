"""What `check --deploy` tells whoever installs the portal."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Info

INVENTED = {"name": "ORG_NAME", "phone": "ORG_PHONE"}


def organisation_is_named(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """The demo's invented name and telephone must not reach real patients."""
    defaults = settings.ORGANISATION_OF_THE_DEMO
    return [
        Info(
            f"Las páginas y los mensajes dicen «{defaults[key]}», que es inventado.",
            hint=f"Configure {variable}.",
            id=f"ops.I00{number}",
        )
        for number, (key, variable) in enumerate(INVENTED.items(), start=1)
        if settings.ORGANISATION[key] == defaults[key]
    ]
