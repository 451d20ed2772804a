from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    verbose_name = "personas"

    def ready(self) -> None:
        from accounts import (  # noqa: PLC0415 models exist from here on
            guardianship_notices,
            importing,
            notices,
            notifications,
        )

        guardianship_notices.register()
        importing.register()
        notices.register()
        notifications.register()
