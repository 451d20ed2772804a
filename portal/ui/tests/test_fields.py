"""Fields render as promised: label, hint, error, control, and the ties between them."""

import re
from datetime import date

import pytest

from portal.ui import fields
from portal.ui.forms import Mistake, PortalForm


class Sample(PortalForm):
    nombres = fields.TextField(
        label="Nombres",
        hint="Como aparecen en su documento.",
        missing="Escriba sus nombres, como aparecen en su documento",
        autocomplete="given-name",
    )
    numero = fields.DigitsField(label="Número", min_digits=3, max_digits=10)
    nac = fields.DateField(label="Fecha de nacimiento", hint="27 3 1978", birth=True)
    cel = fields.PhoneField(label="Celular", hint="10 números.")
    correo = fields.EmailField(label="Correo electrónico (opcional)", required=False)
    clave = fields.PasswordField(
        label="Cree una contraseña", autocomplete="new-password"
    )
    sexo = fields.ChoiceField(
        label="Sexo",
        choices=[
            fields.choice("F", "Femenino"),
            fields.choice("M", "Masculino", "Hombre."),
        ],
    )
    dias = fields.MultiChoiceField(
        label="Días (opcional)", choices=[("lun", "Lunes")], required=False
    )
    tipo = fields.SelectField(label="Tipo", choices=[("CC", "Cédula")])
    codigo = fields.CodeField()
    terminos = fields.CheckField(label="Acepto los términos.")


GOOD = {
    "nombres": "  Rosa   Elena ",
    "numero": "52.123-456",
    "nac-d": "27",
    "nac-m": " 3",
    "nac-a": "1978",
    "cel": "+57 310-456.7878",
    "correo": "",
    "clave": " tres palabras ",
    "sexo": "F",
    "dias": ["lun"],
    "tipo": "CC",
    "codigo": "482 913",
    "terminos": "on",
}


def drawn(name: str, data: dict | None = None) -> str:
    """A field as the page has it, in one line and without space between the tags."""
    page = " ".join(str(Sample(data)[name].as_field_group()).split())
    return re.sub(r"(?<=>) (?=<)| (?=>)", "", page)


def test_good_data_is_cleaned_of_what_people_add():
    form = Sample(GOOD)

    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "nombres": "Rosa Elena",
        "numero": "52123456",
        "nac": date(1978, 3, 27),
        "cel": "+573104567878",
        "correo": "",
        "clave": " tres palabras ",
        "sexo": "F",
        "dias": ["lun"],
        "tipo": "CC",
        "codigo": "482913",
        "terminos": True,
    }


def test_a_text_field_is_drawn_label_hint_error_input():
    assert drawn("nombres", {}) == (
        '<div class="field bad"><label for="nombres">Nombres</label>'
        '<p class="hint" id="nombres-h">Como aparecen en su documento.</p>'
        '<p class="error" id="nombres-e"><span class="vh">Error: </span>'
        "Escriba sus nombres, como aparecen en su documento</p>"
        '<input type="text" name="nombres" class="input" autocomplete="given-name"'
        ' required aria-invalid="true" aria-describedby="nombres-h nombres-e"'
        ' id="nombres"></div>'
    )


def test_without_hint_and_error_nothing_is_described():
    assert drawn("tipo") == (
        '<div class="field"><label for="tipo">Tipo</label>'
        '<select name="tipo" class="input" id="tipo">'
        '<option value="CC">Cédula</option></select></div>'
    )


def test_a_date_is_a_group_of_three_boxes():
    page = drawn("nac", {**GOOD, "nac-m": "trece"})

    assert page.startswith(
        '<fieldset class="field bad" aria-describedby="nac-h nac-e">'
        '<legend class="label">Fecha de nacimiento</legend>'
    )
    assert (
        '<label for="nac-m">Mes</label><input type="text" class="input w2" id="nac-m"'
        ' name="nac-m" inputmode="numeric" autocomplete="bday-month" value="trece"'
        ' required aria-invalid="true">'
    ) in page


def test_a_phone_shows_its_prefix_and_keeps_what_was_typed():
    assert (
        '<div class="affix"><span aria-hidden="true">+57</span>'
        '<input type="text" name="cel" value="310" class="input w10"'
        ' inputmode="tel" autocomplete="tel-national" required aria-invalid="true"'
        ' aria-describedby="cel-h cel-e" id="cel"></div>'
    ) in drawn("cel", {**GOOD, "cel": "310"})


def test_a_password_is_never_shown_back():
    page = drawn("clave", GOOD)

    assert "tres palabras" not in page
    assert 'autocomplete="new-password"' in page
    assert 'data-show="clave" aria-controls="clave" aria-pressed="false"' in page


def test_options_are_whole_rows_with_their_hints():
    assert drawn("sexo", GOOD) == (
        '<fieldset class="field"><legend class="label">Sexo</legend>'
        '<div class="choices">'
        '<label class="choice"><input type="radio" id="sexo_0" name="sexo" value="F"'
        " checked><span>Femenino</span></label>"
        '<label class="choice"><input type="radio" id="sexo_1" name="sexo" value="M">'
        '<span>Masculino<span class="hint">Hombre.</span></span></label>'
        "</div></fieldset>"
    )


def test_what_was_typed_cannot_break_out_of_its_box():
    page = drawn("nombres", {**GOOD, "nombres": '"><script>alert(1)</script>'})

    assert "<script>" not in page


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("numero", "52a", "Escriba solo números"),
        ("numero", "٥٢٣", "Escriba solo números"),
        ("numero", "52", "Revise el número"),
        ("numero", "9" * 20, "Revise el número"),
        ("cel", "6015550100", "Escriba un celular de 10 números que empiece por 3"),
        ("cel", "31045678", "Escriba un celular de 10 números que empiece por 3"),
        ("correo", "rosa", "Escriba el correo completo, por ejemplo nombre@correo.com"),
        ("codigo", "48291", "El código debe tener 6 números"),
        ("codigo", "abcdef", "Escriba el código de 6 números"),
        ("nac-d", "31", "Revise la fecha: ese día no existe"),
        ("nac-d", "", "La fecha de nacimiento debe tener día, mes y año"),
        ("nac-a", "78", "Revise la fecha: ese día no existe"),
        ("nac-a", "²⁰²⁰", "La fecha de nacimiento debe tener día, mes y año"),
        ("nombres", "Rosa\x07", "Quite los símbolos que no son letras ni números"),
        ("nombres", "Rosa\u202e", "Quite los símbolos que no son letras ni números"),
        ("nombres", "R" * 121, "Escriba máximo 120 letras"),
        ("sexo", "Z", "Escoja una de las opciones"),
        ("dias", ["mar"], "Escoja una de las opciones"),
        ("terminos", "", "Marque esta casilla para continuar"),
    ],
)
def test_a_mistake_says_what_to_do(name, value, message):
    form = Sample({**GOOD, "nac-m": "6", name: value})

    assert [mistake.text for mistake in form.error_summary] == [message]


def test_the_summary_leads_to_the_first_control_of_each_field():
    form = Sample({**GOOD, "nac-d": "", "sexo": "", "terminos": ""})

    assert form.error_summary == [
        Mistake("nac-d", "La fecha de nacimiento debe tener día, mes y año"),
        Mistake("sexo_0", "Escoja una opción"),
        Mistake("terminos", "Marque esta casilla para continuar"),
    ]


def test_a_mistake_of_the_whole_form_comes_first_and_leads_nowhere():
    form = Sample({**GOOD, "sexo": ""})

    form.add_error(None, "Hoy no se puede")

    assert form.error_summary[0] == Mistake("", "Hoy no se puede")


def test_stored_values_are_shown_as_people_write_them():
    form = Sample(initial={"cel": "+573104567878", "nac": date(1978, 3, 27)})

    assert 'value="310 456 7878"' in str(form["cel"].as_field_group())
    assert 'id="nac-d" name="nac-d"' in str(form["nac"].as_field_group())
    assert 'value="1978"' in str(form["nac"].as_field_group())
