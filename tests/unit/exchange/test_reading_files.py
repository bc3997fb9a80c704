"""Files as real systems write them are read as they are meant, and it is said how."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from exchange.cells import ReadOptions
from exchange.refusal import FileRefused
from exchange.table import read_table

HEAD = "number,name\n"


def rows_of(path: Path, **options):
    return list(read_table(path, ReadOptions(**options)).rows)


def written(tmp_path: Path, content: bytes, name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("text", "codec", "said"),
    [
        ("Müller & Söhne", "utf-8", "UTF-8"),
        ("Müller & Söhne", "utf-8-sig", "UTF-8 (with BOM)"),
        ("Müller & Söhne", "utf-16", "UTF-16"),
        ("Müller & Söhne", "utf-16-le", "UTF-16 without a byte order mark"),
        ("Müller & Söhne GmbH", "cp1252", "Windows-1252 (guessed"),
        ("Société Générale – “à côté” 10 €", "cp1252", "Windows-1252 (guessed"),
        ("Peña e Hijos S.A.", "cp1252", "Windows-1252 (guessed"),
        ("株式会社山田商店", "cp932", "Shift_JIS"),
        ("㈱ヤマダ電機　東京支店", "cp932", "Shift_JIS"),
        ("ﾔﾏﾀﾞ 商事", "cp932", "Shift_JIS"),
        ("株式会社ヤマダ商店", "euc_jp", "EUC-JP"),
    ],
)
def test_the_encoding_is_found_and_stated(tmp_path, text, codec, said):
    path = written(tmp_path, f"{HEAD}1,{text}\n2,plain\n".encode(codec))
    table = read_table(path)
    assert list(table.rows) == [(2, ["1", text]), (3, ["2", "plain"])]
    assert table.columns == ("number", "name")
    assert f"read as {said}" in table.statement


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_when_names_hold_another(tmp_path, delimiter):
    text = f"number{delimiter}name\n1{delimiter}a b\n"
    assert rows_of(written(tmp_path, text.encode())) == [(2, ["1", "a b"])]


def test_expected_names_outweigh_more_columns(tmp_path):
    path = written(tmp_path, b"number;due, as agreed, by contract\n1;x\n")
    table = read_table(path, ReadOptions(known=frozenset({"number"})))
    assert table.columns == ("number", "due, as agreed, by contract")


def test_excels_own_separator_line_is_obeyed(tmp_path):
    assert rows_of(written(tmp_path, b"sep=;\r\nnumber;name\r\n1;a,b\r\n")) == [(3, ["1", "a,b"])]


def test_quoted_newlines_keep_the_line_count_of_an_editor(tmp_path):
    path = written(tmp_path, b'number,name\r\n1,"two\r\nlines"\r\n2,b\r\n')
    assert [line for line, _ in rows_of(path)] == [2, 4]


def test_blank_lines_and_rows_of_delimiters_are_left_out(tmp_path):
    path = written(tmp_path, b"number,name\n\n1,a\n,\n  , \n2,b\n\n\n")
    assert rows_of(path) == [(3, ["1", "a"]), (6, ["2", "b"])]


def test_title_lines_above_the_names_are_passed_when_the_mapping_says_so(tmp_path):
    path = written(tmp_path, b"Open items of May;;\n\nnumber;name;x\n1;a;\n")
    assert rows_of(path, header_line=3) == [(4, ["1", "a", ""])]


def test_old_mac_line_ends_are_read(tmp_path):
    assert rows_of(written(tmp_path, b"number,name\r1,a\r2,b\r")) == [(2, ["1", "a"]), (3, ["2", "b"])]


def test_a_long_line_is_refused_without_being_held(tmp_path):
    path = written(tmp_path, b"number,name\n1," + b"x" * 10_000_000 + b"\n")
    with pytest.raises(FileRefused, match=r"line 2: .*longer than 262,144"):
        rows_of(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0 old", "old or password-protected Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<html><table>", "HTML"),
        (b"PK\x03\x04 nonsense", "damaged"),
        (b"number,number\n1,2\n", "occurs twice"),
        (b'number,name\n1,"open\n2,b\n', "never closes"),
        (b'number,name\n1,"a" b\n', "after a closing quote"),
        (",".join(f"c{n}" for n in range(600)).encode() + b"\n", "at most 512"),
        ("number,name\n1,Müller\n2,".encode() + b"S\xf6hne\n", "encodings are mixed"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path, content, words):
    with pytest.raises(FileRefused, match=words):
        rows_of(written(tmp_path, content))


def test_a_declared_encoding_that_does_not_fit_names_line_and_byte(tmp_path):
    path = written(tmp_path, "number,name\n1,a\n2,Müller\n".encode("cp1252"))
    with pytest.raises(FileRefused, match=r"line 3: byte 0xfc is not utf-8"):
        rows_of(path, encoding="utf-8")


def workbook(path: Path, *sheets: str, **properties) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for name in sheets:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["number", "due", "amount", "text"])
            sheet.write_number(2, 0, 1001)
            sheet.write_datetime(2, 1, datetime(2026, 2, 28), day)
            sheet.write_number(2, 2, 1234.5)
            sheet.write_string(2, 3, "007")
    return path


def test_a_workbook_keeps_types_and_line_numbers(tmp_path):
    table = read_table(workbook(tmp_path / "a.xlsx", "Open items"))
    assert table.statement == "read as XLSX, sheet 'Open items'"
    assert list(table.rows) == [(3, [1001, date(2026, 2, 28), 1234.5, "007"])]
    assert table.done() == 1


def test_of_several_filled_sheets_one_must_be_named(tmp_path):
    path = workbook(tmp_path / "a.xlsx", "May", "June")
    with pytest.raises(FileRefused, match=r"holds 2 sheets \(May, June\)"):
        rows_of(path)
    assert len(rows_of(path, sheet="june")) == 1
    with pytest.raises(FileRefused, match="no sheet 'July'"):
        rows_of(path, sheet="July")


def test_an_excel_error_is_not_read_as_an_empty_cell(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("A & B")
        sheet.write_row(0, 0, ["number", "amount"])
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    with pytest.raises(FileRefused, match="cell B2 holds an Excel error"):
        rows_of(path)


def test_a_zip_bomb_is_refused_unopened(tmp_path):
    path = workbook(tmp_path / "a.xlsx", "A")
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", b" " * 60_000_000 + b"</sheetData>")
            target.writestr(entry.filename, content)
    assert bomb.stat().st_size < 200_000
    with pytest.raises(FileRefused, match="refused unopened"):
        rows_of(bomb)


def test_one_stray_cell_far_out_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "number")
        sheet.write(1_048_575, 300, "x")
    with pytest.raises(FileRefused, match="clear stray cells"):
        rows_of(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("invoices.csv", "number,name\n")
    with pytest.raises(FileRefused, match="no XLSX workbook"):
        rows_of(path)
