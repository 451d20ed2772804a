from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    label = "catalog"
    verbose_name = "catálogo"

    def ready(self) -> None:
        # The kinds of file name the models, which exist only now.
        from catalog.importing import kinds  # noqa: PLC0415

        kinds.register()
