"""The page itself: no stray spaces, no squeezed notes, labels as heavy as their amounts."""

import re

import pytest

from outreach.compose.context import Stage
from outreach.compose.render import render
from outreach.compose.samples import sample_letter, sample_letters, with_credit, with_parts_held
from outreach.compose.template_set import load_templates

LOCALES = ["en_GB", "en_US", "es_ES", "es_MX", "fr_FR", "fr_CA", "de_DE", "de_AT", "de_CH", "ja_JP"]


def message(letter):
    return render(load_templates(), letter)


@pytest.mark.parametrize("locale", LOCALES)
def test_text_has_no_doubled_spaces_blank_lines_or_dangling_marks(locale):
    for letter in sample_letters(locale):
        made = message(letter)
        assert "\n\n\n" not in made.text, letter.stage
        assert not made.text.startswith("\n")
        for line in [*made.text.splitlines(), made.subject, made.sms]:
            assert not re.search(r"\S[ \u00a0\u202f]{2,}\S", line), line
            assert line == "-- " or not re.search(r"[ \t]$", line), line
            assert not re.search(r" [,.)]|\( |[,;]\.|\.\.(?!\.)|\(\)|。。|、、", line), line


@pytest.mark.parametrize("locale", LOCALES)
def test_notes_to_an_invoice_have_the_width_of_the_table(locale):
    for stage, columns in ((Stage.BEFORE_DUE, 5), (Stage.SECOND, 6), (Stage.STATEMENT, 7)):
        html = message(with_parts_held(sample_letter(stage, locale, lines=3))).html
        assert len(re.findall(r"<th scope=\"col\"", html)) == columns
        notes = re.findall(rf'<tr class="k"><td class="small" colspan="{columns}">(.*?)</td></tr>', html)
        assert len(notes) == 1
        assert notes[0].count("<br>") == 2
        assert html.index("2026-100") < html.index(notes[0]) < html.index("<strong>2026-101")


def test_only_sums_are_bold_below_the_table():
    html = message(with_credit(sample_letter(Stage.FIRST, "de_DE", lines=2))).html
    assert ".t tbody th{font-weight:normal}" in html
    assert '<tr class="s"><th scope="row">Offener Gesamtbetrag</th>' in html
    assert '<tr><th scope="row">Gutschrift C-77' in html
