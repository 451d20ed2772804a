from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    verbose_name = "personas"

    def ready(self) -> None:
        from accounts import notices, notifications  # noqa: PLC0415 models exist from here on

        notices.register()
        notifications.register()
