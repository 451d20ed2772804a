from typing import Any

import factory
from factory.django import DjangoModelFactory

from catalog import version
from catalog.models import (
    Agreement,
    City,
    Modality,
    Payer,
    Practitioner,
    Procedure,
    ServiceCategory,
    Site,
    SiteService,
    Specialty,
)


class CatalogFactory(DjangoModelFactory):
    """As whoever writes to the catalogue: it bumps the version."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        made = super()._create(model_class, *args, **kwargs)
        version.bump()
        return made


class CityFactory(CatalogFactory):
    class Meta:
        model = City

    code = factory.Sequence(lambda n: f"{11001 + n:05}")
    name = factory.Sequence(lambda n: f"Ciudad {n}")
    department_code = "11"
    department = "Bogotá D. C."


class SiteFactory(CatalogFactory):
    class Meta:
        model = Site

    code = factory.Sequence(lambda n: f"{110010000001 + n}")
    name = factory.Sequence(lambda n: f"Sede {n}")
    sms_name = "Sede"
    city = factory.SubFactory(CityFactory)
    address = "Carrera 13 # 56-32, piso 2"
    phone = "601 555 0101"


class ServiceCategoryFactory(CatalogFactory):
    class Meta:
        model = ServiceCategory
        django_get_or_create = ("code",)

    code = "medicina"
    name = "Medicina"


class SpecialtyFactory(CatalogFactory):
    class Meta:
        model = Specialty

    code = factory.Sequence(lambda n: f"E{n}")
    name = factory.Sequence(lambda n: f"Especialidad {n}")
    category = factory.SubFactory(ServiceCategoryFactory)


class ProcedureFactory(CatalogFactory):
    class Meta:
        model = Procedure

    code = factory.Sequence(lambda n: f"X{n:05}")  # never a real one
    name = factory.Sequence(lambda n: f"Procedimiento {n}")
    official_name = factory.LazyAttribute(lambda o: o.name.upper())
    specialty = factory.SubFactory(SpecialtyFactory)


class PayerFactory(CatalogFactory):
    class Meta:
        model = Payer

    code = factory.Sequence(lambda n: f"EPS{n:03}")
    name = factory.Sequence(lambda n: f"EPS {n}")


class AgreementFactory(CatalogFactory):
    class Meta:
        model = Agreement

    code = factory.Sequence(lambda n: f"convenio-{n}")
    name = factory.Sequence(lambda n: f"Convenio {n}")
    payer = factory.SubFactory(PayerFactory)
    kind = Agreement.Kind.CONTRIBUTIVO
    covers_everything = True

    class Params:
        particular = factory.Trait(
            payer=None, kind=Agreement.Kind.PARTICULAR, books_unverified=True
        )


class PractitionerFactory(CatalogFactory):
    class Meta:
        model = Practitioner
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"P{n:04}")
    title = "Dra."
    given_names = "Ana Lucía"
    family_names = factory.Sequence(lambda n: f"Peña {n}")


class SiteServiceFactory(CatalogFactory):
    class Meta:
        model = SiteService

    site = factory.SubFactory(SiteFactory)
    specialty = factory.SubFactory(SpecialtyFactory)
    modality = Modality.IN_PERSON
