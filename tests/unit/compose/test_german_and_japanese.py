"""What German and Japanese readers would send back: register by tone, blame, wrong numbers, broken letter forms."""

import re
from dataclasses import replace
from functools import cache

import pytest

from domain.money import Money
from outreach.compose.context import CHASING, Stage, Tone
from outreach.compose.render import render
from outreach.compose.samples import sample_letter, sample_letters, with_credit, with_other_steps, with_parts_held
from outreach.compose.template_set import load_templates

GERMAN = ["de_DE", "de_AT", "de_CH"]


def message(letter):
    return render(load_templates(), letter)


@cache
def every(locale):
    return [(letter, message(letter)) for letter in sample_letters(locale)]


def in_tone(stage, locale, tone, *, lines=1):
    return message(replace(sample_letter(stage, locale, "JPY" if locale == "ja_JP" else "EUR", lines=lines), tone=tone))


class TestSubjects:
    @pytest.mark.parametrize("locale", [*GERMAN, "ja_JP"])
    @pytest.mark.parametrize("stage", [stage for stage in CHASING if stage is not Stage.PROMISE_BROKEN])
    def test_one_invoice_is_named_and_several_are_counted_with_their_amount(self, locale, stage):
        one, three = (sample_letter(stage, locale, lines=lines) for lines in (1, 3))
        assert "2026-100" in message(one).subject
        assert "3" in message(three).subject
        assert re.search(r"3[.,’]703[.,]53", message(three).subject)

    @pytest.mark.parametrize("locale", [*GERMAN, "ja_JP"])
    def test_a_broken_promise_is_named_by_its_day_and_amount(self, locale):
        subject = message(sample_letter(Stage.PROMISE_BROKEN, locale)).subject
        assert re.search(r"1[.,’]000[.,]00", subject)
        assert re.search(r"4\. März 2026|2026年3月4日", subject)


class TestBeforeTheDueDay:
    @pytest.mark.parametrize("locale", [*GERMAN, "ja_JP"])
    def test_nothing_is_to_be_paid_now_even_where_parts_are_held_and_credits_taken_off(self, locale):
        made = message(with_credit(with_parts_held(sample_letter(Stage.BEFORE_DUE, locale, lines=3))))
        for part in (made.subject, made.text, made.html, made.sms):
            assert not re.search(r"Jetzt zu zahlen|[Mm]ahn|überfällig|Bitte (zahlen|überweisen)", part)
            assert not re.search(r"今回お支払い|今回のお願い|お支払いください|催告|ご入金の確認ができて", part)


@pytest.mark.parametrize("locale", GERMAN)
class TestGerman:
    def test_a_firm_reminder_expects_and_does_not_repeat_itself_or_count_wrong(self, locale):
        three = in_tone(Stage.FIRST, locale, Tone.FIRM, lines=3)
        assert "besteht ein Zahlungsrückstand." in three.text
        assert "Wir erwarten Ihre Zahlung von" in three.text
        assert "eine Zahlung überfällig" not in three.text

    def test_several_invoices_are_never_called_the_following_payment(self, locale):
        for tone in Tone:
            assert "folgende Zahlung" not in in_tone(Stage.SECOND, locale, tone, lines=3).text

    def test_a_friendly_second_letter_is_no_mahnung_yet(self, locale):
        friendly = in_tone(Stage.SECOND, locale, Tone.FRIENDLY)
        assert friendly.subject.startswith("Zweite Zahlungserinnerung: Rechnung Nr.")
        assert "Mahnung" not in friendly.subject + friendly.text + friendly.sms
        assert in_tone(Stage.SECOND, locale, Tone.FIRM).subject.startswith("2. Mahnung")

    def test_the_final_demand_does_not_count_letters_that_nobody_can_count(self, locale):
        for lines in (1, 3):
            text = message(sample_letter(Stage.FINAL, locale, lines=lines)).text
            assert re.search(r"[Tt]rotz Mahnung ", text)
            assert "Mahnungen" not in text

    def test_an_amount_never_governs_the_verb(self, locale):
        """`dass 1,00 € bei uns eingehen` would be wrong in number half of the time."""
        assert "dass der Betrag von " in in_tone(Stage.SECOND, locale, Tone.FRIENDLY).text
        for _, made in every(locale):
            assert not re.search(r"(überweisen|zahlen) Sie (€|CHF|EUR|\d)", made.text)

    def test_thanks_for_an_objection_do_not_admit_that_it_is_right(self, locale):
        for letter, made in every(locale):
            if letter.stage is Stage.DISPUTE_RECEIVED:
                assert "nicht stimmt" not in made.text
                assert "Wir prüfen ihn" in made.text

    def test_a_payment_that_was_not_found_is_not_called_received(self, locale):
        text = message(sample_letter(Stage.PAID_CLAIM_RECEIVED, locale)).text
        assert "Zahlungseingang konnten wir bisher nicht feststellen" in text

    def test_charges_are_named_inside_the_amount_that_holds_them(self, locale):
        text = message(with_parts_held(sample_letter(Stage.SECOND, locale))).text
        assert re.search(r"\(einschließlich .*10[,.]41.* Verzugszinsen und -kosten\)", text.replace("ss", "ß"))


def test_switzerland_reads_zahlungszweck_and_guillemets():
    letter = with_other_steps(sample_letter(Stage.FINAL, "de_CH", "CHF"))
    text = message(letter).text
    assert "Zahlungszweck: 10023" in text
    assert "«Letzte Mahnung»" in text
    assert "Verwendungszweck" not in text + message(sample_letter(Stage.PAID_CLAIM_RECEIVED, "de_CH", "CHF")).text


def test_austria_reads_jaenner_and_the_euro_before_the_amount():
    text = message(sample_letter(Stage.FINAL, "de_AT")).text
    assert "23. Jänner 2026" in text
    assert "€\u00a01.234,50" in text


class TestJapanese:
    def test_brackets_are_never_nested(self):
        for _, made in every("ja_JP"):
            assert "））" not in made.text
            assert not re.search(r"（[^）]*（", made.text + made.subject + made.sms)

    def test_the_account_to_pay_to_stands_between_ki_and_ijo(self):
        for letter, made in every("ja_JP"):
            if letter.stage in CHASING and letter.creditor.bank:
                details = made.text.split("\n記\n")[1].split("\n以上\n")[0]
                assert "お振込先" in details, letter.stage

    def test_details_come_before_the_closing_where_there_is_no_ki(self):
        for _, made in every("ja_JP"):
            if "\n記\n" not in made.text and "請求書番号 2026-100 |" in made.text:
                assert made.text.index("- 請求書番号") < made.text.index("何卒よろしくお願い申し上げます。")

    def test_the_new_deadline_is_not_mistaken_for_the_day_the_invoice_was_due(self):
        text = message(sample_letter(Stage.FINAL, "ja_JP", "JPY")).text
        assert "上記の期限までにお支払いいただけない場合には" in text
        assert "期限までにご連絡" in text

    def test_a_customer_who_paid_or_answered_in_part_is_not_told_that_nothing_came(self):
        text = in_tone(Stage.SECOND, "ja_JP", Tone.FIRM).text
        assert "ご連絡も確認できておりません" not in text
        assert "お支払いの完了を確認できておりません" in text

    def test_humble_words_are_not_doubled(self):
        for _, made in every("ja_JP"):
            assert not re.search(r"拝受いたし|ご.{1,4}なられ|させていただ", made.text + made.subject + made.sms)

    def test_marks_are_full_width_and_digits_half_width(self):
        for _, made in every("ja_JP"):
            body = made.text.split("\n-- \n")[0]
            assert not re.search(r"[０-９Ａ-Ｚａ-ｚ]", body)
            assert not re.search(r"[ぁ-ん一-龥][,.!?](?!\d)", body)

    def test_each_tone_asks_in_its_own_register(self):
        ends = {
            Tone.FRIENDLY: "お支払いいただけますと幸いです。",
            Tone.STANDARD: "お支払いいただけますでしょうか。",
            Tone.FIRM: "お支払いくださいますようお願い申し上げます。",
        }
        for tone, end in ends.items():
            text = in_tone(Stage.FIRST, "ja_JP", tone).text
            assert [other for other in ends.values() if other in text] == [end]


def test_small_amounts_read_as_well_as_large_ones():
    letter = sample_letter(Stage.SECOND, "de_DE")
    line = replace(letter.lines[0], amount=Money(100, "EUR"), residual=Money(100, "EUR"))
    one_euro = replace(letter, lines=(line,), total=line.residual, net=line.residual, tone=Tone.FRIENDLY)
    assert "dass der Betrag von 1,00\u00a0€ bis zum 23. März 2026 bei uns eingeht." in message(one_euro).text
