"""What a strict native controller checks in every letter, as far as a program can."""

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest

from domain.money import Money
from outreach.compose.context import CHASING, OVERDUE, Stage, Tone
from outreach.compose.render import render
from outreach.compose.samples import sample_letter, sample_letters, with_credit
from outreach.compose.template_set import load_templates

LOCALES = ["en_GB", "en_US", "es_ES", "es_MX", "fr_FR", "fr_CA", "de_DE", "de_AT", "de_CH", "ja_JP"]
EARLY = (Stage.BEFORE_DUE, Stage.ON_DUE, Stage.FIRST)


def message(letter):
    return render(load_templates(), letter)


def every(locale, *stages):
    return [(letter, made) for letter, made in _all(locale) if not stages or letter.stage in stages]


@cache
def _all(locale):
    return [(letter, message(letter)) for letter in sample_letters(locale)]


def prose(made):
    """The text without what is below the signature's line."""
    return made.text.split("\n-- \n")[0]


ALREADY_PAID = {
    "en": "already paid",
    "es": "ya han realizado el pago",
    "fr": "votre règlement nous est",
    "de": "gegenstandslos",
    "ja": "行き違いにご入金済みの節は",
}
THREATS = {
    "en": "legal court solicitor lawyer agency consequences enforcement failed failure must immediately",
    "es": "judicial abogados jurídicos moroso morosidad asnef embargo demanda inmediatamente",
    "fr": "contentieux huissier tribunal poursuites juridique avocat sanction immédiatement",
    "de": "anwalt rechtsanwälte gericht inkasso schufa strafanzeige umgehend unverzüglich",
    "ja": "滞納 不履行 訴え 法的 措置 裁判 支払督促",
}


@pytest.mark.parametrize("locale", LOCALES)
class TestEveryLanguage:
    def test_every_letter_that_asks_for_money_says_what_to_do_if_it_was_paid(self, locale):
        for letter, made in every(locale, *CHASING):
            assert ALREADY_PAID[locale[:2]] in made.text, letter.stage

    def test_an_early_step_threatens_nobody(self, locale):
        for letter, made in every(locale, *(stage for stage in Stage if stage is not Stage.FINAL)):
            if any(line.stage is Stage.FINAL for line in letter.lines):
                continue
            words = made.text.lower() + made.sms.lower()
            start = "" if locale == "ja_JP" else r"\b"
            threats = [word for word in THREATS[locale[:2]].split() if re.search(start + word + start, words)]
            assert threats == [], letter.stage

    def test_no_exclamation_marks_capitals_or_advertising(self, locale):
        for letter, made in every(locale):
            body = prose(made)
            assert not set("!！¡") & set(body + made.subject + made.sms)
            shouted = set(re.findall(r"\b[A-ZÄÖÜÉÀ]{4,}\b", body + made.subject)) - {
                "IBAN",
                "BYLADEM",
                "CLABE",
                "START",
            }
            assert not {word for word in shouted if not word.startswith("BYLADEM")}, letter.stage
            assert not re.search(r"newsletter|rabatt|angebot|discount|offer|oferta|promo|割引", body.lower())

    def test_one_date_and_one_amount_are_asked_for(self, locale):
        letter = sample_letter(Stage.FIRST, locale, lines=3)
        made = message(letter)
        asked = prose(made).split("IBAN")[0]
        deadline = {"en": "23 March|March 23", "es": "23 de marzo", "fr": "23 mars", "de": "23. März", "ja": "3月23日"}
        assert len(re.findall(deadline[locale[:2]], asked)) == 1

    def test_numbers_dates_and_amounts_of_every_invoice_are_in_text_and_html(self, locale):
        letter = sample_letter(Stage.SECOND, locale, lines=3)
        made = message(letter)
        for line in letter.lines:
            assert line.number in made.text
            assert line.number in made.html
            assert line.po_number in made.text
        assert "26" in made.text, "days overdue"
        assert "DE02 1203 0000 0000 2020 51" in made.html

    def test_the_singular_and_the_plural_are_written_apart(self, locale):
        one, three = (message(sample_letter(Stage.FIRST, locale, lines=count)) for count in (1, 3))
        singular, plural = {
            "en": (r"it has not yet been paid", r"3 invoices .* have not yet been paid"),
            "es": (r"la factura .* venció", r"las 3 facturas .* han vencido"),
            "fr": (r"la facture .* n'a pas encore été réglée", r"les 3 factures .* n'ont pas encore été réglées"),
            "de": (r"ist sie noch nicht bezahlt", r"sind die unten aufgeführten 3 Rechnungen"),
            "ja": (r"請求書番号 2026-100", r"ご請求3件"),
        }[locale[:2]]
        assert re.search(singular, prose(one))
        assert not re.search(plural, prose(one))
        assert re.search(plural, prose(three))

    def test_tones_differ_in_the_first_and_second_reminder(self, locale):
        for stage in (Stage.FIRST, Stage.SECOND):
            texts = {message(replace(sample_letter(stage, locale), tone=tone)).text for tone in Tone}
            assert len(texts) == len(Tone)

    def test_marks_come_in_the_order_of_politeness(self, locale):
        subjects = [message(sample_letter(stage, locale)).subject for stage in Stage]
        assert len(set(subjects)) == len(subjects)

    def test_html_is_well_formed_and_reads_without_pictures(self, locale):
        for _, made in every(locale):
            checker = _Checker()
            checker.feed(made.html)
            assert checker.open == []
            assert checker.lang == locale.replace("_", "-")
            assert not checker.tags & {"img", "script", "link", "iframe", "form"}
            assert len(made.html.encode()) < 100_000, "Gmail cuts longer mails"

    def test_the_final_demand_names_debt_deadline_and_consequence(self, locale):
        made = message(sample_letter(Stage.FINAL, locale))
        name, consequence = {
            "en": ("final demand", "legal counsel" if locale == "en_US" else "legal advisers"),
            "es": ("requerimos", "asesores jurídicos" if locale == "es_MX" else "servicios jurídicos"),
            "fr": ("mise en demeure", "conseils juridiques"),
            "de": ("letzte", "echtsanwälte"),
            "ja": ("催告", "しかるべき措置を講じざるを得ません"),
        }[locale[:2]]
        assert name in made.text.lower()
        assert consequence in made.text
        assert "2026-100" in made.text


class _Checker(HTMLParser):
    VOID = frozenset({"meta", "br", "img", "link", "hr"})

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.lang = [], set(), None

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "html":
            self.lang = dict(attrs)["lang"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class TestEnglish:
    def test_faithfully_to_nobody_in_particular_and_sincerely_to_a_person(self):
        letter = sample_letter(Stage.FIRST, "en_GB")
        unknown, known = message(letter).text, message(replace(letter, contact_name="Anna Brown")).text
        assert unknown.startswith("Dear Sir or Madam,")
        assert "Yours faithfully," in unknown
        assert known.startswith("Dear Anna Brown,")
        assert "Yours sincerely," in known
        department = message(replace(letter, contact_name="Accounts", contact_is_person=False)).text
        assert department.startswith("Dear Sir or Madam,")

    def test_americans_get_a_colon_sincerely_and_their_dates(self):
        made = message(replace(sample_letter(Stage.FIRST, "en_US"), contact_name="Anna Brown"))
        assert made.text.startswith("Dear Anna Brown:")
        assert "\nSincerely,\n" in made.text
        assert "by March 23, 2026" in made.text
        assert "23 March" not in made.text

    def test_the_spelling_is_british_or_american_never_both(self):
        british = " ".join(made.text for _, made in every("en_GB"))
        american = " ".join(made.text for _, made in every("en_US"))
        assert "past due" not in british.replace("past due date", "")
        assert not re.search(r"overdue|favour|diary|credit note", american, re.IGNORECASE)

    def test_facts_not_blame_and_final_only_once(self):
        for letter, made in every("en_GB"):
            assert not re.search(r"\byou (failed|have failed|did not|neglected)", made.text)
            if letter.stage is not Stage.FINAL:
                assert "final" not in made.text.lower()


class TestSpanish:
    def test_salutation_with_a_colon_and_atentamente_with_a_comma(self):
        for locale in ("es_ES", "es_MX"):
            for _, made in every(locale):
                assert re.search(r"^Estimados señores:$", made.text, re.MULTILINE)
                assert re.search(r"^Atentamente,$", made.text, re.MULTILINE)

    def test_dates_months_lower_case_without_leading_zero_and_no_worn_phrases(self):
        for _, made in every("es_ES"):
            assert not re.search(r"\b0\d de ", made.text)
            assert not re.search(r"de (Enero|Febrero|Marzo)", made.text)
            assert not re.search(r"[Ss]in otro particular|\bde el |\ba el ", made.text)
            assert not re.search(r"\b(tú|tu|tus|te)\b", prose(made).lower())

    def test_thousands_of_four_digits_stay_unseparated_in_spain(self):
        assert "1234,50\u00a0€" in message(sample_letter(Stage.FIRST, "es_ES")).text
        assert "12.345,00\u00a0€" in message(_of(sample_letter(Stage.FIRST, "es_ES"), 1234500)).text

    def test_mexico_reads_pesos_with_their_code_and_its_own_words(self):
        made = message(with_credit(sample_letter(Stage.FIRST, "es_MX", "MXN", lines=2)))
        assert "$2,469.01\u00a0MXN" in made.text
        assert "Nota de crédito" in made.text
        assert "abono" not in made.text.lower()

    def test_the_requerimiento_says_which_days(self):
        text = message(sample_letter(Stage.FINAL, "es_ES")).text
        assert "les requerimos para que paguen 1234,50\u00a0€ en el plazo de 14 días naturales" in text


class TestFrench:
    def test_madame_monsieur_opens_and_closes_and_is_never_dear(self):
        for locale in ("fr_FR", "fr_CA"):
            for _, made in every(locale):
                assert re.search(r"^Madame, Monsieur,$", made.text, re.MULTILINE)
                assert re.search(r"agréer, Madame, Monsieur, nos salutations distinguées\.", made.text)
                assert not re.search(r"Cher|l'expression de nos salutations", made.text)

    def test_hard_spaces_before_double_marks_in_france(self):
        for _, made in every("fr_FR"):
            body = prose(made).replace("https:", "")
            assert not re.search(r"[^\u00a0]:(?!//)", body), re.findall(r".{12}[^\u00a0]:", body)
            assert not re.search(r"[^\u202f][;?!]", body)
            assert not re.search(r"«[^\u00a0]|[^\u00a0]»", body)

    def test_no_space_before_them_in_quebec_but_before_the_colon(self):
        for _, made in every("fr_CA"):
            body = prose(made).replace("https:", "")
            assert not re.search(r"[\s\u00a0\u202f][;?!]", body)
            assert not re.search(r"[^\u00a0]:(?!//)", body)
            assert "e-mail" not in made.text.lower()

    def test_quebec_reads_its_dollars_behind_the_amount(self):
        assert "1\u00a0234,50\u00a0$" in message(sample_letter(Stage.FIRST, "fr_CA", "CAD")).text

    def test_mise_en_demeure_only_in_the_formal_letter_with_delay_and_days(self):
        for letter, made in every("fr_FR"):
            formal = letter.stage is Stage.FINAL
            assert ("mise en demeure" in (made.text + made.subject).lower()) == formal
        text = message(sample_letter(Stage.FINAL, "fr_FR")).text
        assert "dans un délai de 14 jours calendaires, soit au plus tard le 23 mars 2026" in text

    def test_sauf_erreur_ou_omission_in_every_claim_that_something_is_late(self):
        for letter, made in every("fr_FR", *OVERDUE):
            assert "auf erreur ou omission de notre part" in made.text, letter.stage

    def test_the_first_of_the_month_is_1er(self):
        assert "1er mars 2026" in message(with_credit(sample_letter(Stage.FIRST, "fr_FR"))).text


class TestGerman:
    def test_salutation_with_a_comma_and_a_text_that_goes_on_in_lower_case(self):
        nouns_and_courtesy = ("Sie", "Ihr")
        for locale in ("de_DE", "de_AT", "de_CH"):
            for letter, made in every(locale):
                salutation, first = made.text.split("\n\n")[:2]
                assert salutation == (
                    "Guten Tag Alex Tanaka,"
                    if letter.contact_is_person and letter.contact_name
                    else "Sehr geehrte Damen und Herren,"
                )
                assert first[0].islower() or first.startswith(nouns_and_courtesy), first

    def test_closing_without_a_comma_and_in_swiss_spelling(self):
        for _, made in every("de_DE"):
            assert re.search(r"^Mit freundlichen Grüßen$", made.text, re.MULTILINE)
        for _, made in every("de_CH"):
            assert re.search(r"^Freundliche Grüsse$", made.text, re.MULTILINE)
            assert "ß" not in made.text + made.html + made.sms + made.subject

    def test_the_first_is_a_zahlungserinnerung_the_next_a_mahnung_and_costs_are_not_asked_for(self):
        first = message(sample_letter(Stage.FIRST, "de_DE"))
        assert first.subject.startswith("Zahlungserinnerung")
        assert "Mahn" not in first.text + first.subject
        assert message(sample_letter(Stage.SECOND, "de_DE")).subject.startswith("2. Mahnung")
        assert message(sample_letter(Stage.FINAL, "de_DE")).subject.startswith("Letzte Mahnung")

    def test_a_fixed_day_of_arrival_and_crossed_letters(self):
        text = message(sample_letter(Stage.FIRST, "de_DE")).text
        assert "bis zum 23. März 2026 (Zahlungseingang)" in text
        assert "Sollte sich Ihre Zahlung mit diesem Schreiben überschnitten haben" in text

    def test_subjects_have_no_betreff_and_courtesy_is_capitalised(self):
        for _, made in every("de_DE"):
            assert "Betreff" not in made.subject
            assert not re.search(r"\b(ihnen|ihrer|ihrem|ihren)\b", prose(made))

    def test_numbers_do_not_part_from_nr(self):
        assert "Nr.\u00a02026-100" in message(sample_letter(Stage.FIRST, "de_DE")).text


class TestJapanese:
    def test_a_company_is_onchu_a_person_sama_and_never_both(self):
        letter = replace(sample_letter(Stage.FIRST, "ja_JP", "JPY"), customer_name="株式会社田中商事")
        company = message(letter).text
        person = message(replace(letter, contact_name="山田太郎")).text
        department = message(replace(letter, contact_name="経理部", contact_is_person=False)).text
        assert company.startswith("株式会社田中商事　御中\n")
        assert person.startswith("株式会社田中商事\n山田太郎様\n")
        assert department.startswith("株式会社田中商事　経理部　御中\n")
        assert "御中" not in person

    def test_haikei_closes_with_keigu_and_zenryaku_with_sousou(self):
        for letter, made in every("ja_JP"):
            assert ("拝啓" in made.text) == ("\n敬具\n" in made.text)
            assert ("前略" in made.text) == ("\n草々\n" in made.text)
            assert ("\n記\n" in made.text) == ("\n以上\n" in made.text)
            if letter.stage in EARLY:
                assert "拝啓　貴社ますますご清栄" in made.text
            if letter.stage in (Stage.SECOND, Stage.FINAL):
                assert "前略" in made.text

    def test_the_first_reminder_asks_and_does_not_reproach(self):
        text = message(sample_letter(Stage.FIRST, "ja_JP", "JPY")).text
        assert "お支払いいただけますでしょうか" in text
        assert "遅れ" not in text

    def test_yen_without_decimals_days_with_weekday_and_no_spaces_between_sentences(self):
        text = message(sample_letter(Stage.FIRST, "ja_JP", "JPY")).text
        assert "123,450円" in text
        assert "2026年3月23日(月)までに" in text
        assert "。 " not in prose(message(sample_letter(Stage.SECOND, "ja_JP", "JPY")))

    def test_the_title_is_never_that_of_a_court_order(self):
        for _, made in every("ja_JP"):
            assert "支払督促" not in made.subject + made.text


def _of(letter, minor):
    line = replace(letter.lines[0], amount=Money(minor, letter.currency), residual=Money(minor, letter.currency))
    return replace(letter, lines=(line,), total=line.residual, net=line.residual)
