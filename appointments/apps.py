from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    label = "appointments"
    verbose_name = "citas"

    def ready(self) -> None:
        # The composers need the models, which exist only now.
        from appointments import importing, notifications, rights  # noqa: PLC0415

        importing.register()
        notifications.register()
        rights.register()
