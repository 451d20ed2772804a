"""Files as clinics really have them: encodings, delimiters, headers, and what is no CSV."""

import itertools
import re

import pytest
from django.conf import settings

from catalog.importing import kinds, registry
from catalog.importing.errors import FileRefused
from catalog.importing.files import decode, read_text
from catalog.importing.report import Report
from catalog.importing.rows import open_kind, read_rows

TABLE = "codigo,descripcion\n890201,Consulta por ñandú\n010101,Punción\n"


def rows(text, kind=kinds.PROCEDURES, known=None):
    report = Report("prueba.csv")
    found = read_rows(
        kind=kind,
        table=open_kind(kind, text),
        known=known or kinds.Known(),
        report=report,
        tick=lambda done: None,
    )
    return found.good, report


def names(text):
    return {row.code: row.values["official_name"] for row in rows(text)[0]}


GOOD = {"890201": "Consulta por ñandú", "010101": "Punción"}


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "latin-1",
        "mac-roman",
    ],
)
def test_encoding_is_recognised(encoding):
    assert names(decode(TABLE.encode(encoding))) == GOOD


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_with_its_mark_is_recognised(mark):
    encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"

    assert names(decode(mark + TABLE.encode(encoding))) == GOOD


@pytest.mark.parametrize(
    ("delimiter", "end"), list(itertools.product(",;\t|", ["\n", "\r\n", "\r"]))
)
def test_delimiter_and_line_end_are_recognised(delimiter, end):
    text = TABLE.replace(",", delimiter).replace("\n", end)

    assert names(decode(text.encode())) == GOOD


@pytest.mark.parametrize(
    "header",
    [
        "CÓDIGO CUPS,DESCRIPCIÓN",
        "Cod_CUPS,Descripcion",
        " cups , nombre ",
        "Código,Nombre del procedimiento",
        "codigo,descripcion,,",
        '"Código\nCUPS","Descripción"',
        "\u200bcodigo,descripcion",
    ],
)
def test_header_spelling_is_recognised(header):
    text = f"{header}\n890201,Consulta{',' * (header.count(',') - 1)}\n"

    assert names(text) == {"890201": "Consulta"}


@pytest.mark.parametrize(
    "text",
    [
        "Listado de procedimientos 2026;\n;\ncodigo;descripcion\n890201;Consulta\n",
        "sep=;\ncodigo;descripcion\n890201;Consulta\n",
        "\n\n codigo ; descripcion \n\n 890201 ;\u00a0 Consulta \u00a0\n\n;\n",
        "codigo;descripcion\n890201;Consulta\nTotal: 1\nFuente: MinSalud;\n",
        'codigo;descripcion\n="890201";"Consulta"\n',
        'codigo;descripcion\n"=""890201""";Consulta\n',
        "codigo;descripcion\n890201.0;Consulta\n",
        "codigo;descripcion\n890201,00;Consulta\n",
        'codigo;descripcion\n890201;"Con\nsulta"\n'.replace("Con\nsulta", "\nConsulta"),
        "codigo;descripcion;otra\n890201;Consulta;x;;;\n",
    ],
)
def test_what_spreadsheets_add_is_taken_away(text):
    good, report = rows(text)

    assert {row.code: row.values["official_name"] for row in good} == {
        "890201": "Consulta"
    }
    assert report.of("rechazada") == []


def test_footer_is_a_note_with_its_line():
    _, report = rows("codigo,descripcion\n890201,Consulta\nFuente: DANE,\n")

    assert [(row.line, row.outcome) for row in report.rows] == [(3, "nota")]


def test_text_in_several_lines_keeps_the_count_of_lines():
    _, report = rows('codigo,descripcion\n890201,"Con\n\nsulta"\nmalo,Otra\n')

    assert [row.line for row in report.rows] == [5]


def test_a_value_that_begins_with_plus_is_taken():
    assert names("codigo,descripcion\n890201,+IPSMEDIC S.A.S\n") == {
        "890201": "+IPSMEDIC S.A.S"
    }


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "vacío"),
        (b"  \r\n\n", "vacío"),
        (b"\x00\x00", "vacío"),
        (b"codigo,descripcion\n", "solo tiene el encabezado"),
        (b"PK\x03\x04xl/workbook", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "imagen"),
        (b"<html><table>", "página web"),
        (b"codigo,descripcion\n890201,Con\x00sulta\n", "La línea 2 tiene bytes nulos"),
        (bytes(range(1, 32)) * 9, "no es de texto"),
        (b"\xff\xfec\x00o", "UTF-16 y está dañado o cortado"),
        (b"codigo\n890201\n", "Faltan columnas: «descripción».*«codigo»"),
        (b"codigo,codigo,descripcion\n1,2,3\n", "repite la columna «codigo»"),
        (b"890201,Consulta\n890301,Otra\n", "No se encontró el encabezado"),
        (b'codigo,descripcion\n890201,"Consulta\n890301,Otra\n', "línea 2"),
        (
            b'codigo,descripcion\n890201,"Consulta\n890301,Otra"x\n890401,Y\n',
            "comillas sin cerrar en la línea 2",
        ),
    ],
)
def test_file_is_refused_and_says_why(raw, said):
    with pytest.raises(FileRefused, match=said):
        open_kind(kinds.PROCEDURES, decode(raw))


def test_mixed_encodings_are_refused_with_their_lines():
    raw = b"codigo,descripcion\n" + "890201,Niños\n".encode()
    raw += "890301,Niñas\n".encode("cp1252")

    with pytest.raises(FileRefused, match="la línea 2 en UTF-8 y la línea 3 en otra"):
        decode(raw)


def test_utf8_mark_on_a_file_of_windows_does_not_stop_it():
    raw = b"\xef\xbb\xbf" + TABLE.encode("cp1252")

    assert names(decode(raw)) == GOOD


def test_path_that_is_no_file_is_refused(tmp_path):
    with pytest.raises(FileRefused, match="No existe"):
        read_text(tmp_path / "nada.csv")
    with pytest.raises(FileRefused, match="carpeta"):
        read_text(tmp_path)


def test_enormous_file_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "enorme.csv"
    with path.open("wb") as file:
        file.truncate(10**12)

    with pytest.raises(FileRefused, match="953674 MB y el máximo es de 64 MB"):
        read_text(path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("10101,Punción", "¿quiso decir 010101?"),
        ("10101.0,Punción", "¿quiso decir 010101?"),
        ("890E3,Consulta", "cambió el código"),
        ("8.90E+05,Consulta", "cambió el código"),
        (",Consulta", "Falta el código"),
        ("8902011,Consulta", "no sirve"),
        ("89O2O!,Consulta", "no sirve"),
        ("890201,", "descripción: falta"),
        (f"890201,{'x' * 501}", "tiene 501 letras y caben 500"),
        ("890201,Consulta,sobra", "Tiene 3 columnas y el encabezado 2"),
        ("890201", "Tiene 1 columnas y el encabezado 2"),
        ("890201,Con\u202esulta", "U+202E"),
        ("890201,Con\u2066sulta", "U+2066"),
        ("890201,Con\x1bsulta", "U+001B"),
        ("890201,ConsultaÃ³n", "¿quiso decir «Consultaón»?"),
        ("890201,Consulta\ufffd", "letras dañadas"),
        ('890201,"Consulta" x', "comillas mal puestas"),
    ],
)
def test_row_is_refused_with_its_line_and_the_good_ones_are_taken(row, said):
    text = f"codigo,descripcion\n890301,Control\n{row}\n890202,Otra\n"

    good, report = rows(text)

    assert [row.code for row in good] == ["890301", "890202"]
    assert [(row.line, row.outcome) for row in report.rows] == [(3, "rechazada")]
    assert said in report.rows[0].message


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("sexo", "W", "sexo: «W» no se entiende"),
        ("minutos", "veinte", "no es un número entero"),
        ("minutos", "0", "un minuto o más"),
        ("minutos", "99999", "no es un número entero entre 0 y 32767"),
        ("vigencia_desde", "31/02/2026", "no es una fecha"),
        ("pide orden", "quizás", "escriba «sí» o «no»"),
        ("especialidad", "Astrología", "no está en el catálogo"),
        ("nombre sms", "x" * 29, "tiene 29 letras y caben 28"),
    ],
)
def test_value_is_refused_and_says_what_it_may_be(column, value, said):
    _, report = rows(f"codigo,descripcion,{column}\n890201,Consulta,{value}\n")

    assert said in report.rows[0].message


def test_everything_wrong_in_a_row_is_said_at_once():
    _, report = rows("codigo,descripcion,sexo\n10101,,W\n")

    message = report.rows[0].message
    assert "010101" in message
    assert "descripción: falta" in message
    assert "sexo" in message


@pytest.mark.parametrize(
    ("value", "sex"),
    [("Z", "any"), ("", "any"), ("F", "female"), ("M", "male"), ("Mujer", "female")],
)
def test_sex_codes_are_those_of_cups(value, sex):
    good, _ = rows(f"codigo,descripcion,sexo\n890201,Consulta,{value}\n")

    assert good[0].values["sex"] == sex


def test_age_limits_that_cross_are_refused():
    _, report = rows(
        "codigo,descripcion,edad_minima,edad_maxima\n890201,Consulta,18,10\n"
    )

    assert "La edad mínima es mayor" in report.rows[0].message


def test_same_row_twice_is_a_note():
    good, report = rows("codigo,descripcion\n890201,Consulta\n890201, Consulta\n")

    assert len(good) == 1
    assert str(report.rows[0]) == ("Línea 3, 890201: nota. Repite la línea 2: sobra.")


def test_same_code_with_other_data_is_refused_with_both_lines():
    good, report = rows("codigo,descripcion\n890201,Consulta\n890201,Otra\n")

    assert [row.values["official_name"] for row in good] == ["Consulta"]
    assert "en las líneas 2 y 3" in report.rows[0].message


SITE = "codigo_sede,nombre,municipio_codigo,direccion\n"
BOGOTA = kinds.Known(cities={"11001": 7, "05001": 8})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("110010000101,Norte,76001,Calle 1", "La ciudad 76001 no está"),
        ("110010000101,Norte,5001,Calle 1", "¿quiso decir 05001?"),
        ("50010000101,Norte,05001,Calle 1", "¿quiso decir 050010000101?"),
        ("1100100001,Norte,11001,Calle 1", "doce números"),
    ],
)
def test_site_is_refused_and_says_why(row, said):
    _, report = rows(SITE + row + "\n", kinds.SITES, BOGOTA)

    assert said in report.rows[0].message


@pytest.mark.parametrize(
    "text",
    [
        SITE + "110010000101.0,Norte,11001,Calle 1\n",
        SITE.replace("codigo_sede", "codigo_habilitacion")
        + "110010000101,Norte,11001,Calle 1\n",
        "codigo_habilitacion,numero_sede,nombre,municipio_codigo,direccion\n"
        "1100100001,1,Norte,11001,Calle 1\n",
    ],
)
def test_code_of_a_site_is_whole_or_in_two_parts(text):
    good, report = rows(text, kinds.SITES, BOGOTA)

    assert ([row.code for row in good], report.rows) == (["110010000101"], [])


def test_site_without_any_code_column_is_refused():
    with pytest.raises(FileRefused, match="Falta la columna «código de la sede»"):
        open_kind(kinds.SITES, "nombre,municipio_codigo,direccion\nNorte,11001,Calle\n")


def test_provider_that_lost_its_zero_is_refused():
    _, report = rows(
        "codigo_habilitacion,numero_sede,nombre,municipio_codigo,direccion\n"
        "500100001,01,Norte,05001,Calle 1\n",
        kinds.SITES,
        BOGOTA,
    )

    assert "¿quiso decir 0500100001, sede 01?" in report.rows[0].message


def test_department_that_is_not_the_citys_is_refused():
    _, report = rows(
        "codigo,municipio,departamento,departamento_codigo\n05001,Medellín,Valle,76\n",
        kinds.CITIES,
    )

    assert "El departamento 76 no es el del código 05001" in report.rows[0].message


def test_specialty_that_lost_its_zero_is_refused():
    _, report = rows("sufijo,especialidad\n1,MEDICINA GENERAL\n", kinds.SPECIALTIES)

    assert "¿quiso decir 01?" in report.rows[0].message


def test_documented_headers_are_understood():
    text = (settings.BASE_DIR / "docs/importing.md").read_text(encoding="utf-8")
    for section in text.split("\n### `")[1:]:
        kind = registry.get(section.split("`")[0]).kind
        known = {s for column in kind.columns for s in column.spellings.split()}
        named = re.findall(r"`([a-z_]+)`", section.split("\n", 1)[1])

        unknown = [n for n in named if n.replace("_", "") not in known]
        assert unknown in ([], ["imagenes"], ["revisar"])
