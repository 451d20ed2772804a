"""A mobile phone in any of the spellings that people use."""

from typing import Any

from django.core.exceptions import ValidationError

from accounts import phones
from accounts.errors import NotAMobile
from portal.ui import fields


class MobileField(fields.PhoneField):
    """The value is E.164: one number whatever its spelling, so that limits hold (AUT-14)."""

    def to_python(self, value: Any) -> str:
        typed = fields.TextField.to_python(self, value)
        if not typed:
            return ""
        try:
            return phones.e164(typed)
        except NotAMobile as error:
            raise ValidationError(self.error_messages["phone"], code="phone") from error
