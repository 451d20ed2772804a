"""The search so far, exactly as the address bar says it."""

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict

# What patients read in the address bar, by the name it has in the code and in
# the order of the questions: changing one answer forgets those under it.
PARAMS = {
    "replaces": "cambia",
    "agreement": "convenio",
    "category": "tipo",
    "modality": "modalidad",
    "door": "busqueda",
    "practitioner": "medico",
    "specialty": "especialidad",
    "procedure": "procedimiento",
    "order": "orden",
    "city": "ciudad",
    "site": "sede",
    "when": "cuando",
    "first_day": "desde",
    "last_day": "hasta",
    "parts": "jornada",
    "weekdays": "dia",
    "only": "profesional",
}
SEVERAL = ("parts", "weekdays")
FILTERS = ("when", "first_day", "last_day", "parts", "weekdays", "only")
ANY_SITE = "todas"
ON_THE_DAY = "cita"

_CODE = re.compile(r"[\w.-]{1,40}", re.ASCII)


def _code(value: str) -> str:
    """A catalogue code or a date; anything else was not written by us and is no answer."""
    return value if _CODE.fullmatch(value) else ""


@dataclass(frozen=True, slots=True)
class Search:
    """Catalogue codes and dates only. Nothing that names or describes a person goes in a URL."""

    # The appointment that changes its hour, by its opaque id.
    replaces: str = ""
    agreement: str = ""
    category: str = ""
    modality: str = ""
    door: str = ""
    practitioner: str = ""
    specialty: str = ""
    procedure: str = ""
    # «cita»: the patient brings the order on the day (see `orders`).
    order: str = ""
    city: str = ""
    site: str = ""
    when: str = ""
    first_day: str = ""
    last_day: str = ""
    parts: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    only: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """What the address says, without what no page of ours would have written."""
        one: dict[str, Any] = {
            name: _code(query.get(param, ""))
            for name, param in PARAMS.items()
            if name not in SEVERAL
        }
        several: dict[str, Any] = {
            name: tuple(
                dict.fromkeys(c for c in map(_code, query.getlist(PARAMS[name])) if c)
            )[:7]
            for name in SEVERAL
        }
        return cls(**one, **several)

    @classmethod
    def from_text(cls, text: str) -> Self:
        return cls.from_query(QueryDict(text))

    def before(self, name: str) -> Self:
        """Forget this answer and every later one."""
        names = [field.name for field in fields(self)]
        return self.without(*names[names.index(name) :])

    def without(self, *names: str) -> Self:
        forgotten: dict[str, Any] = {
            name: () if name in SEVERAL else "" for name in names
        }
        return replace(self, **forgotten)

    def answered(self, name: str, code: str) -> Self:
        """With this answer; the later ones fall off."""
        return self.before(name).with_answer(name, code)

    def with_answer(self, name: str, code: str) -> Self:
        """With this answer and all the others as they are."""
        answer: dict[str, Any] = {name: code}
        return replace(self, **answer)

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in order, for an address or for the hidden fields of a form."""
        pairs: list[tuple[str, str]] = []
        for name, param in PARAMS.items():
            value = getattr(self, name)
            values = value if name in SEVERAL else (value,)
            pairs += [(param, code) for code in values if code]
        return pairs

    def querystring(self) -> str:
        """What an appointment remembers: that it was a change, its row says itself."""
        return urlencode(self.without("replaces").pairs())
