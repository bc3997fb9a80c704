"""What stands around and between a customer's own words, in several languages: reply in, reading out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from outreach.replies.amounts import find_amounts
from outreach.replies.clauses import split_sentences
from outreach.replies.model import Intent, OpenInvoice, Reply, ReplyContext, Understanding
from outreach.replies.quoting import strip_quoted
from outreach.replies.understand import understand_reply


def read(body: str, locale: str, numbers: tuple[str, ...] = ("INV-7",), subject: str = "") -> Understanding:
    """A mail of 19 May 2026 about the open invoices `numbers`, as it is understood."""
    reply = Reply("email", body, datetime(2026, 5, 19, 9, 0, tzinfo=UTC), "UTC", locale, subject=subject)
    currency = {"GB": "GBP", "US": "USD", "MX": "MXN", "CO": "COP", "JP": "JPY"}.get(locale[-2:], "EUR")
    invoices = (OpenInvoice(n, Decimal("1200.00"), currency, date(2026, 5, 1)) for n in numbers)
    return understand_reply(reply, ReplyContext(tuple(invoices)))


LETTERS = [
    ("Señores\nACME S.A.S.\nCiudad\n\nCordial saludo.\n\n{}\n\nAtentamente,\n\nMarta Polo",
     "El pago se efectuará el 28 de mayo de este año."),
    ("ACME Ltd\nLeeds\n\nBest wishes\n\n{}\n\nKind regards\nAnn", "The whole of it will be paid on 28 May, as agreed."),
    ("Vielen Dank\n\n{}\n\nMit freundlichen Grüßen\nUwe", "Wir überweisen Ihnen den Betrag am 28. Mai wie vereinbart."),
    ("Bonjour,\n\nMerci\n\n{}\n\nCordialement\nPaul", "Nous réglerons la facture par virement le 28 mai prochain."),
    ("承知しました\n\nよろしくお願いします\n\n{}\n\n以上", "請求書の代金は5月28日に全額お振込みいたします。"),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "words"), LETTERS)
def test_a_sign_off_above_the_letter_itself_cuts_nothing(letter: str, words: str) -> None:
    assert words in strip_quoted(letter.format(words)).message


@pytest.mark.parametrize(
    ("words", "closing"),
    [
        ("We pay on Friday.", "Thanks\nAnn Lee\nACME Ltd\nWe deliver better beds to all of the north."),
        ("Wir zahlen am Freitag.", "Sportliche Grüße aus Ulm\nUwe Dorn"),
        ("Wir zahlen am Freitag.", "i. A. Bernd Stöckl\nEinkauf Kabel"),
        ("Nous payons vendredi.", "Veuillez agréer, Messieurs, nos salutations distinguées.\nM. Pujol"),
        ("Pagamos el viernes.", "Sin otro particular, reciba un cordial saludo\nÍñigo"),
        ("金曜に払います。", "以上、よろしくお願いいたします。\n山岸"),
    ],
)
def test_below_a_sign_off_nothing_is_said(words: str, closing: str) -> None:
    assert strip_quoted(f"{words}\n\n{closing}").message == words


@pytest.mark.parametrize(
    "fact",
    [
        "Sprechzeiten: Di 9-12 und 14-18 Uhr",
        "Bureau fermé le vendredi après-midi",
        "Recepción de mercancías: L-V de 7:00 a 13:30",
        "Office hours: Monday to Thursday 9-4",
        "USt-IdNr. DE999999999",
        "AG Lüneburg, HRB 99120",
        "営業時間 9:00～17:00",
    ],
)
def test_facts_about_a_firm_are_no_words_of_the_reply(fact: str) -> None:
    expected = "OK." if not fact.startswith("AG ") else f"OK.\n{fact}"
    assert strip_quoted(f"OK.\n{fact}").message == expected


def test_such_a_fact_within_the_reply_stays() -> None:
    body = "Hallo.\nUSt-IdNr. DE999999999\nBitte setzen Sie diese Nummer auf die Rechnung von Mai."
    assert strip_quoted(body).message == body


@pytest.mark.parametrize(
    "line",
    [
        "##- Please type your reply above this line -##",
        "-- Bitte oberhalb dieser Zeile antworten --",
        "##- Escriba su respuesta por encima de esta línea -##",
        "##- Merci de répondre au-dessus de cette ligne -##",
        "この行より上にご返信ください",
    ],
)
def test_what_ticket_systems_put_above_an_answer_is_dropped(line: str) -> None:
    assert strip_quoted(f"{line}\n\nPaid on Friday.").message == "Paid on Friday."


NEWSLETTERS = [
    ("en_US", "Spring news", "Take 10% off until March 31.\n\nYou are receiving this email as you wrote to us."),
    ("en_US", "The Press", "Members save 15% until May 30.\n\nYou're receiving this because you signed up with us."),
    ("es_MX", "Buen Fin", "25% en mochilas. Paga a 6 meses.\n\nEste correo fue enviado porque nos escribió."),
    ("fr_FR", "Portes ouvertes", "Remise de 10 % vendredi 22 mai.\n\nSe désinscrire | Voir en ligne"),
    ("de_DE", "Frühlingsaktion", "Bis 31. Mai zahlen Sie nur die Hälfte.\n\nSie erhalten diesen Newsletter als Kunde."),
    ("ja_JP", "展示会のご案内", "6月3日に開催します。\n\n※このメールは名刺を交換した方にお送りしています。"),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "subject", "body"), NEWSLETTERS)
def test_a_newsletter_says_nothing_of_paying(locale: str, subject: str, body: str) -> None:
    reading = read(body, locale, subject=subject)
    assert (reading.intents, reading.doubts) == ((Intent.OTHER,), ())


@pytest.mark.parametrize("subject", ["Re: Spring news", "Spring news and INV-7"])
def test_an_answer_is_no_newsletter_whatever_stands_below_it(subject: str) -> None:
    body = "We pay on Friday by bank transfer.\n\nYou are receiving this email because you contacted us."
    assert Intent.PROMISE_TO_PAY in read(body, "en_GB", subject=subject).intents


def test_who_only_asks_to_be_unsubscribed_is_heard() -> None:
    assert read("Please unsubscribe me from these e-mails.", "en_GB", subject="Unsubscribe").intents == (
        Intent.OPT_OUT,
    )


@pytest.mark.parametrize(
    ("locale", "text", "amounts"),
    [
        ("es_MX", "le deposito 3 mil 500 el viernes", ["3500"]),
        ("fr_FR", "je vire 5 mille 200 demain", ["5200"]),
        ("en_GB", "a couple of hundred now", ["200"]),
        ("es_ES", "empezamos el primero de 2027", []),
        ("fr_FR", "je vous vire 88e20", ["88.20"]),
        ("fr_FR", "il reste 80€50", ["80.50"]),
        ("de_DE", "12 Kisten Helles und 9 Lizenzen", []),
        ("de_DE", "ich zahle 300 Freitag", ["300"]),
        ("de_DE", "500 Rupien", ["500"]),
        ("en_GB", "4 bags and 3 x 200", ["200"]),
        ("en_GB", "50 per cent", []),
        ("ja_JP", "ビール3本で1,200円", ["1200"]),
    ],
)
def test_sums_and_what_is_none(locale: str, text: str, amounts: list[str]) -> None:
    assert [f.amount for f in find_amounts(text, locale)] == [Decimal(a) for a in amounts]


def test_the_french_article_before_a_date_is_no_currency_of_a_number_below() -> None:
    found = find_amounts("part le 30/10\n\n40 peignoirs", "fr_FR")
    assert [(f.text, f.currency) for f in found] == [("40", None)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Both invoices (40077 and 40081) are approved."),
        ("de", "Die Rechnung (1.200,00 EUR) wird bezahlt."),
        ("ja", "4月9日（金）にお振込みします。"),
        ("de", "Ausschuss lt. Prüfprotokoll ist hoch."),
        ("ja", "AG-0612…… 20日"),
    ],
)
def test_numbers_in_brackets_and_abbreviations_cut_nothing(language: str, text: str) -> None:
    sentences = split_sentences(text, language)
    assert [s.clauses for s in sentences] == [((0, len(text)),)]


def test_words_in_brackets_are_a_clause_of_their_own() -> None:
    assert len(split_sentences("The bill (which I never got) is wrong.", "en")[0].clauses) == 3


ANSWERS = [
    ("en_GB", "> 2217 £480.00\n\nThat went by BACS on Friday.\n\n> 2240 £1,126.80\n\nWill go on the 30th.\n"),
    ("fr_CH", "> 2217 - CHF 480.00\n\nPayée le 3 mai, contrôlez svp.\n\n> 2240 - CHF 864.60\n\nCelle-là part le 30.\n"),
]


@pytest.mark.parametrize(("locale", "body"), ANSWERS)
def test_each_of_several_answers_is_heard(locale: str, body: str) -> None:
    reading = read(body, locale, ("2217", "2240"), "Re: 2 invoices")
    assert set(reading.intents) == {Intent.PROMISE_TO_PAY, Intent.ALREADY_PAID}
    assert reading.paid
    assert reading.paid.invoices == ("2217",)
    assert reading.promise
    assert reading.promise.invoices == ("2240",)


PASSED_ON = [
    ("en_GB", "I asked Lorna, here's her answer.",
     "From: Lorna <l@b.example>\nTo: Graham <g@b.example>", "It is paid on 22 May."),
    ("es_MX", "Le comparto lo que me contestó el contador.",
     "De: Luna <l@b.example>\nPara: Paty <p@b.example>", "Se paga el 22 de mayo."),
    ("de_DE", "Hier die Antwort der Buchhaltung.",
     "Von: Uwe <u@b.example>\nAn: Ina <i@b.example>", "Wird am 22. Mai überwiesen."),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "cover", "headers", "answer"), PASSED_ON)
def test_an_answer_passed_on_counts_where_it_quotes_the_reminder(
    locale: str, cover: str, headers: str, answer: str
) -> None:
    mail = f"{cover}\n\n{headers}\nSubject: Re: INV-7\n\n{answer}\n\n> Please pay by 1 June."
    reading = read(mail, locale, subject="Fwd: INV-7")
    assert reading.promise
    assert [i.date for i in reading.promise.instalments] == [date(2026, 5, 22)]


def test_the_reminder_itself_passed_on_is_no_answer() -> None:
    mail = "Here's the answer.\n\nFrom: AR <ar@us.example>\nTo: Ann\nSubject: INV-7\n\nIt will be paid on 22 May."
    assert read(mail, "en_GB").promise is None


@pytest.mark.parametrize(
    ("locale", "body"),
    [
        ("de_DE", "Die 417 überweisen wir am 28. Mai."),
        ("fr_FR", "La 417 : bonne à payer, virement le 28 mai."),
        ("es_ES", "la 417 la pagamos el 28 de mayo"),
        ("en_GB", "Invoice 417 will be paid on 28 May."),
    ],
)
def test_the_last_digits_stand_for_an_invoice(locale: str, body: str) -> None:
    reading = read(body, locale, ("ZK-250417", "ZK-250431"))
    assert reading.promise
    assert reading.promise.invoices == ("ZK-250417",)
    assert reading.promise.instalments[0].amount in (None, Decimal("1200.00"))


@pytest.mark.parametrize("body", ["die 417 € kommen am 28. Mai", "the 417 euros go on 28 May"])
def test_a_sum_is_no_end_of_a_number(body: str) -> None:
    reading = read(body, "de_DE" if body.startswith("die") else "en_GB", ("ZK-250417", "ZK-250431"))
    assert reading.named == ()


@pytest.mark.parametrize(
    "day", ["Fritig", "Friitig", "Frytig", "Donnschtig", "Samschtig", "Sunntig", "Zischtig", "Mäntig"]
)
def test_swiss_weekdays_are_days(day: str) -> None:
    assert read(f"Ich zahle {day}", "de_CH").text == f"Ich zahle {day}"
    assert read(f"Zahle am {day}, vorhär chumi nöd drzue.", "de_CH").language == "de"


@pytest.mark.parametrize("answer", ["both going out thursday", "going out together thursday, ach"])
def test_an_answer_below_two_lines_may_be_about_both(answer: str) -> None:
    asked = "On Tue, 19 May 2026 at 8:12 AM AR <ar@acme.example> wrote:\n> INV-7 1,200.00\n> INV-8 1,200.00\n\n"
    body = f"{asked}{answer}\n\n> INV-9 1,200.00\n\nnever got that, send me a copy"
    found = read(body, "en_GB", ("INV-7", "INV-8", "INV-9")).promise
    assert found is not None
    assert found.invoices == ("INV-7", "INV-8")
