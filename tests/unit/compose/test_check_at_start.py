"""What is wrong with a template is found when the program starts, not when a mail goes out."""

import re
from pathlib import Path

import pytest

from domain.errors import NotReady
from outreach.compose.checks import check_templates
from outreach.compose.context import Stage
from outreach.compose.render import prepare, render
from outreach.compose.samples import sample_letter
from outreach.compose.template_set import TemplateSet, load_templates
from outreach.compose.view import SLOTS

BODY = "locales/de/first/body.txt"


def changed(path, text=None, *, old="", new=""):
    """The shipped templates with one file taken out, replaced, or edited; one language only, to be quick."""
    keep = {p: s for p, s in load_templates().sources.items() if not p.startswith("locales/") or "/de/" in p}
    if text is None and not old:
        del keep[path]
    else:
        source = keep.get(path, "")
        assert old in source
        keep[path] = text if text is not None else source.replace(old, new)
    return TemplateSet(keep)


def test_the_shipped_templates_are_without_problems():
    assert check_templates(TemplateSet(load_templates().sources)) == []


@pytest.mark.parametrize(
    ("templates", "problem"),
    [
        (changed(BODY), "locales/de/first/body.txt is missing"),
        (changed("locales/de/final/section.txt"), "locales/de/final/section.txt is missing"),
        (changed("locales/de/letter/closing.txt"), "letter/closing.txt is missing"),
        (changed("layouts/letter.html"), "layouts/letter.html is missing"),
        (changed("locales/de/frist/body.txt", "x"), "locales/de/frist/body.txt is not a part of any step"),
        (changed("locales/de/words.toml", old='bank = "Bank"\n', new=""), "lacks bank; add it"),
        (changed("locales/de/words.toml", old="bank =", new="banque ="), "unknown words banque"),
        (changed("locales/de/words.toml", old='bank = "Bank"', new="bank = 1"), "must be text in quotes"),
        (changed("locales/de/words.toml", old='"Bank"', new='"Bank'), "not readable as TOML"),
        (changed("locales/de/words.toml", old='"Bank"', new='"Your bank"'), "holds 'your' of another language"),
        (changed(BODY, old="{{ pay_now }}", new="{{ pay_nwo }}"), "uses pay_nwo, which doesn't exist"),
        (changed(BODY, old="invoice.issued", new="invoice.isued"), "isued"),
        (changed(BODY, old="{{ invoices }}", new=""), "lacks {{ invoices }}"),
        (changed(BODY, old="{{ signature }}", new=""), "lacks {{ signature }}"),
        (changed(BODY, old="Nach unseren Unterlagen", new="According to our records"), "'our' of another language"),
        (changed(BODY, old="{% if invoice %}", new="{% if invoice "), "locales/de/first/body.txt"),
        (changed(BODY, old="(Zahlungseingang)", new="(Zahlungseingang"), "opens or closes only one of ( )"),
        (changed(BODY, old="{{ salutation }}", new="{{ salutation }} {{ 1 / 0 }}"), "division by zero"),
        (changed("locales/de/first/sms.txt", "{# nothing #}"), "the SMS is empty"),
    ],
)
def test_each_kind_of_mistake_is_named_with_its_file(templates, problem):
    problems = check_templates(templates)
    assert any(problem in found for found in problems), problems


def test_a_branch_that_no_sample_takes_is_looked_at_too():
    templates = changed(BODY, old="{{ salutation }}", new="{{ salutation }}{% if 1 == 2 %}{{ nowhere }}{% endif %}")
    assert any("nowhere" in problem for problem in check_templates(templates))


def test_a_region_alone_without_its_language_is_reported_not_filled_from_another():
    sources = {p: s for p, s in load_templates().sources.items() if not p.startswith("locales/de/")}
    problems = check_templates(TemplateSet(sources))
    assert any("locales/de_CH/first/body.txt is missing" in problem for problem in problems)


def test_a_missing_template_fails_for_its_own_recipient_only():
    templates = changed(BODY)
    with pytest.raises(NotReady, match="first/body"):
        render(templates, sample_letter(Stage.FIRST, "de_DE"))
    assert render(load_templates(), sample_letter(Stage.FIRST, "fr_FR")).text


def test_an_operators_folder_lies_over_the_shipped_templates(tmp_path):
    own = tmp_path / "locales" / "de" / "first"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("Erinnerung des Hauses: {{ count }}\n", encoding="utf-8")
    templates = load_templates(tmp_path)
    assert render(templates, sample_letter(Stage.FIRST, "de_DE")).subject == "Erinnerung des Hauses: 1"
    assert render(templates, sample_letter(Stage.SECOND, "de_DE")).subject.startswith("2. Mahnung")
    with pytest.raises(NotReady, match="not there"):
        load_templates(tmp_path / "nowhere")


def test_a_template_cannot_reach_into_python():
    templates = changed(BODY, old="{{ salutation }}", new="{{ salutation.__class__.__mro__ }}")
    with pytest.raises(NotReady):
        render(templates, sample_letter(Stage.FIRST, "de_DE"))


def test_the_manual_names_every_variable_that_words_may_use():
    manual = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")
    values = prepare(load_templates(), sample_letter(Stage.PROMISE_BROKEN, "en_GB")).values
    unnamed = {name for name in [*values, *SLOTS, *Stage] if not re.search(rf"`(\{{\{{ )?{name}\b", manual)}
    assert unnamed == set()
