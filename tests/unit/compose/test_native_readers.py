"""What native readers of English, Spanish and French stumbled over, shown not to come back."""

import re
from dataclasses import replace
from functools import cache

import pytest

from outreach.compose.context import CHASING, Stage, Tone
from outreach.compose.render import render
from outreach.compose.samples import (
    sample_letter,
    sample_letters,
    with_credit,
    with_other_steps,
    with_parts_held,
)
from outreach.compose.template_set import load_templates

MONEY = {"en_GB": "GBP", "en_US": "USD", "es_ES": "EUR", "es_MX": "MXN", "fr_FR": "EUR", "fr_CA": "CAD"}
LOCALES = list(MONEY)


def message(letter):
    return render(load_templates(), letter)


@cache
def every(locale):
    found = [replace(letter, tone=tone) for letter in sample_letters(locale) for tone in Tone]
    return [(letter, message(letter)) for letter in found]


def words_of(locale):
    """Everything that a reader of a locale may meet, once."""
    return "\n".join({part for _, made in every(locale) for part in (made.subject, made.text, made.sms)})


@pytest.mark.parametrize("locale", LOCALES)
class TestEveryReader:
    def test_no_doubled_or_dangling_spaces_and_marks(self, locale):
        for letter, made in every(locale):
            for part in (made.subject, made.sms, *made.text.splitlines()):
                if part == "-- ":
                    continue
                text = part.removeprefix("  ")
                assert text == text.strip(), (letter.stage, part)
                assert not re.search(r"[ \u00a0\u202f]{2}|[ \u00a0\u202f][,.)]|\.\.|,,|\( |,\.", text), part
            assert "\n\n\n" not in made.text

    def test_a_note_before_the_due_day_calls_nothing_payable_now(self, locale):
        now = {"en": "payable now", "es": "a pagar ahora", "fr": "à régler maintenant"}[locale[:2]]
        held = with_parts_held(sample_letter(Stage.BEFORE_DUE, locale))
        assert now not in message(held).text.lower()
        assert now in message(with_parts_held(sample_letter(Stage.ON_DUE, locale))).text.lower()

    def test_a_text_message_before_the_due_day_differs_from_the_one_on_it(self, locale):
        def said(stage):
            return message(sample_letter(stage, locale, lines=3)).sms.split(")")[1].split(".")[0]

        assert said(Stage.BEFORE_DUE) != said(Stage.ON_DUE)

    def test_a_promise_kept_in_part_is_not_called_unpaid(self, locale):
        in_full = {"en": "in full", "es": "en su totalidad", "fr": "en totalité"}[locale[:2]]
        for lines in (1, 3):
            made = message(sample_letter(Stage.PROMISE_BROKEN, locale, lines=lines))
            for part in (made.subject, made.text, made.sms):
                assert in_full in part
        assert "2026-100" in message(sample_letter(Stage.PROMISE_BROKEN, locale)).subject

    def test_below_another_step_a_broken_promise_names_the_open_sum_not_as_what_was_promised(self, locale):
        text = message(with_other_steps(sample_letter(Stage.FINAL, locale, MONEY[locale]))).text
        expecting, remains = {
            "en": ("We were expecting a payment for this invoice on the day", "700.00 remains to be paid"),
            "es": ("Esperábamos un pago por esta factura el día", "por pagar"),
            "fr": ("Nous attendions un règlement pour cette facture à la date", "à régler"),
        }[locale[:2]]
        assert expecting in text
        assert remains in text

    def test_the_tones_of_a_reminder_ask_in_three_different_sentences(self, locale):
        for stage in (Stage.FIRST, Stage.SECOND):
            asking = set()
            for tone in Tone:
                letter = replace(sample_letter(stage, locale), tone=tone)
                paragraphs = message(letter).text.split("\n\n")
                asking.add(next(p for p in paragraphs[3:] if "1" in p))
            assert len(asking) == len(Tone)

    def test_the_word_that_stops_text_messages_says_how_to_send_it(self, locale):
        reply = {"en": "Reply STOP", "es": "Responda BAJA", "fr": "Répondez STOP"}[locale[:2]]
        for letter, made in every(locale):
            assert reply in made.sms or letter.stage is Stage.OPT_OUT_CONFIRMED


class TestEnglish:
    def test_the_article_fits_past_due(self):
        assert not re.search(r"\b[Aa]n past", words_of("en_US"))
        firm = message(replace(sample_letter(Stage.FIRST, "en_US"), tone=Tone.FIRM)).text
        assert "about a past-due payment" in firm
        assert "about an overdue payment" in message(replace(sample_letter(Stage.FIRST, "en_GB"), tone=Tone.FIRM)).text

    def test_a_balance_stands_as_at_a_day_in_britain_and_as_of_it_in_america(self):
        assert "as at 9 March 2026" in message(sample_letter(Stage.STATEMENT, "en_GB")).text
        assert "as of March 9, 2026" in message(sample_letter(Stage.STATEMENT, "en_US")).text
        assert "as of" not in words_of("en_GB")

    def test_americans_read_their_own_words(self):
        found = words_of("en_US")
        assert not re.search(r"legal advisers|delivery note|come back to you|by post|Sort code|\bas at\b", found)
        assert not re.search(r"\b[A-Z][a-z]+ \d{1,2}, \d{4} (?!and|has|or)[a-z]", found), "the comma behind a year"

    def test_no_sentence_opens_with_a_bare_amount(self):
        for _, made in every("en_GB"):
            assert not re.search(r"^[£€$]", made.text, re.MULTILINE)


class TestSpanish:
    def test_a_payment_is_asked_for_not_thanked_for_as_if_it_had_come(self):
        for locale in ("es_ES", "es_MX"):
            assert not re.search(r"Les agradecemos (el|su) pago", words_of(locale))

    def test_seeing_to_it_takes_the_subjunctive(self):
        text = message(replace(sample_letter(Stage.SECOND, "es_ES"), tone=Tone.FRIENDLY)).text
        assert "se aseguraran de que recibamos 1234,50\u00a0€" in text

    def test_a_deadline_by_text_message_is_no_vague_para_el(self):
        for letter, made in every("es_ES"):
            if letter.stage in (Stage.FIRST, Stage.SECOND, Stage.FINAL) and letter.pay_by:
                assert re.search(r"[Ff]echa tope( de pago)?: 23 mar 2026", made.sms)

    def test_mexico_reads_ordenes_de_compra_estados_de_cuenta_and_al(self):
        found = words_of("es_MX")
        assert not re.search(
            r"(?<!han )[Pp]edido|albarán|[Ee]xtracto|[Jj]ustificante|[Aa]bon(o|os|en)\b|importe", found
        )
        made = message(sample_letter(Stage.STATEMENT, "es_MX", "MXN"))
        assert made.subject == "Estado de cuenta del cliente 10023 al 9 de marzo de 2026"
        assert "su estado de cuenta al 9 de marzo de 2026" in made.text
        assert "al 9 de marzo de 2026" in made.sms
        assert "a 9 de marzo de 2026" in message(sample_letter(Stage.STATEMENT, "es_ES")).text


class TestFrench:
    @pytest.mark.parametrize("locale", ["fr_FR", "fr_CA"])
    def test_de_and_que_are_elided_before_vowels(self, locale):
        assert not re.search(r"\b(de|que|le|la|ne|se|si) (?=[aàeéèêiîoôuœ])(?!elle|elles|aux?\b)", _prose(locale))

    @pytest.mark.parametrize("locale", ["fr_FR", "fr_CA"])
    def test_a_mise_en_demeure_thanks_nobody_for_trust(self, locale):
        for tone in Tone:
            made = message(replace(sample_letter(Stage.FINAL, locale), tone=tone))
            assert "confiance" not in made.text
        assert "confiance" in message(replace(sample_letter(Stage.FIRST, locale), tone=Tone.FRIENDLY)).text

    @pytest.mark.parametrize("locale", ["fr_FR", "fr_CA"])
    def test_nobody_comes_back_towards_anybody(self, locale):
        assert not re.search(r"rev(enons|enir|iendrons) vers vous", words_of(locale))

    def test_a_payment_that_is_not_matched_is_no_deposit(self):
        text = message(with_credit(sample_letter(Stage.FIRST, "fr_FR"))).text
        assert "Règlement non affecté P-12" in text
        assert "acompte" not in words_of("fr_FR").lower()

    def test_quebec_reads_rappels_textos_and_jours_civils(self):
        found = words_of("fr_CA")
        assert not re.search(r"relance|SMS|calendaire|avoirs|E-mail|recouvrement\)", found)
        assert "14 jours civils" in message(sample_letter(Stage.FINAL, "fr_CA", "CAD")).text
        charged = message(with_parts_held(sample_letter(Stage.FIRST, "fr_CA", "CAD"))).text
        assert "(dont 10,41\u00a0$ d'intérêts et de frais de retard)" in charged


def _prose(locale):
    """Paragraphs only: names in them are invented ones that begin with consonants."""
    return "\n".join(made.text.split("\n-- \n")[0] for letter, made in every(locale) if letter.stage in CHASING)
