"""Fields render as promised: label, hint, error, control, and the ties between them."""

from datetime import date

from portal.ui import fields
from portal.ui.forms import PortalForm


class Sample(PortalForm):
    nombres = fields.TextField(
        label="Nombres",
        hint="Como aparecen en su documento.",
        missing="Escriba sus nombres, como aparecen en su documento",
        autocomplete="given-name",
    )
    nac = fields.DateField(label="Fecha de nacimiento", birth=True)
    cel = fields.PhoneField(label="Celular", hint="10 números.")
    correo = fields.EmailField(label="Correo electrónico (opcional)", required=False)
    clave = fields.PasswordField(
        label="Cree una contraseña", autocomplete="new-password"
    )
    sexo = fields.ChoiceField(
        label="Sexo",
        choices=[fields.choice("F", "Femenino"), fields.choice("M", "Masculino", "M.")],
    )
    codigo = fields.CodeField()
    terminos = fields.CheckField(label="Acepto los términos.")


GOOD = {
    "nombres": "  Rosa   Elena ",
    "nac-d": "27",
    "nac-m": " 3",
    "nac-a": "1978",
    "cel": "+57 310-456.7878",
    "correo": "",
    "clave": " tres palabras ",
    "sexo": "F",
    "codigo": "482 913",
    "terminos": "on",
}


def test_good_data_is_cleaned_of_what_people_add():
    form = Sample(GOOD)

    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "nombres": "Rosa Elena",
        "nac": date(1978, 3, 27),
        "cel": "+573104567878",
        "correo": "",
        "clave": " tres palabras ",
        "sexo": "F",
        "codigo": "482913",
        "terminos": True,
    }


def test_a_text_field_is_drawn_label_hint_error_input():
    drawn = str(Sample({})["nombres"].as_field_group())

    assert drawn == (
        '<div class="field bad">\n  <label for="nombres">Nombres</label>\n  '
        '<p class="hint" id="nombres-h">Como aparecen en su documento.</p>\n'
        '<p class="error" id="nombres-e"><span class="vh">Error: </span>'
        "Escriba sus nombres, como aparecen en su documento</p>\n\n  "
        '<input type="text" name="nombres" class="input" autocomplete="given-name"'
        ' required aria-invalid="true"'
        ' aria-describedby="nombres-h nombres-e" id="nombres">\n</div>'
    )
