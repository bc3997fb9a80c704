"""Plain cases in five languages, and what must never be missed. Received on Tuesday, 12 May 2026."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.disputes import DisputeReason
from outreach.replies.model import Intent, OpenInvoice, Reply, ReplyContext, Understanding
from outreach.replies.understand import understand_reply

RECEIVED = datetime.fromisoformat("2026-05-12T10:00:00+00:00")
HOME = {
    "en": ("en_GB", "GBP"),
    "es": ("es_ES", "EUR"),
    "fr": ("fr_FR", "EUR"),
    "de": ("de_DE", "EUR"),
    "ja": ("ja_JP", "JPY"),
}


def owes(currency: str, *invoices: tuple[str, str]) -> ReplyContext:
    items = invoices or (("INV-1041", "120000"),)
    return ReplyContext(tuple(OpenInvoice(n, Decimal(a), currency, date(2026, 4, 30)) for n, a in items))


def read(body: str, language: str = "en", *invoices: tuple[str, str], **fields: object) -> Understanding:
    locale, currency = HOME[language]
    channel = str(fields.pop("channel", "email"))
    reply = Reply(channel, body, RECEIVED, "Europe/London", locale, **fields)  # type: ignore[arg-type]
    return understand_reply(reply, owes(currency, *invoices))


PROMISES = [
    ("en", "This will be paid on Friday.", "2026-05-15"),
    ("es", "El pago se realizará el viernes 15 de mayo.", "2026-05-15"),
    ("fr", "Le virement sera effectué vendredi.", "2026-05-15"),
    ("de", "Die Rechnung wird am Freitag überwiesen.", "2026-05-15"),
    ("ja", "5月15日に全額お振込みいたします。", "2026-05-15"),
]


@pytest.mark.parametrize(("language", "body", "day"), PROMISES)
def test_a_plain_promise_is_taken_without_a_person(language: str, body: str, day: str) -> None:
    reading = read(body, language)
    assert reading.language == language
    assert reading.intents == (Intent.PROMISE_TO_PAY,)
    assert reading.promise is not None
    assert [i.date.isoformat() for i in reading.promise.instalments] == [day]
    assert not reading.needs_human
    assert any(e.finding == "promise" and e.quote in body for e in reading.evidence)


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "We will not pay by Friday."),
        ("en", "We will pay on Friday if you send the purchase order."),
        ("en", "Could we pay this on Friday?"),
        ("en", "Once your new W-9 is in our hands we will get it onto the next run, which is 20 May."),
        ("en", "We're good to pay on 20 May so long as the bank opens the new account by then."),
        ("en", "You will be paid every penny. What I can't do tonight is put a day on it."),
        ("en", "Your delivery arrives on Friday."),
        ("en", "The balance will be released post installation sign-off by our engineer, expected 25th May."),
        ("en", "Our customer pays us on Friday."),
        ("es", "No vamos a pagar el viernes."),
        ("es", "Cuando nos pague el cliente les pagamos."),
        ("fr", "Nous ne paierons pas vendredi."),
        ("fr", "Dès réception de l'avoir, nous réglerons sous 8 jours."),
        ("de", "Wir werden bis Freitag nicht zahlen."),
        ("de", "Sobald die Gutschrift da ist, zahlen wir binnen 8 Tagen."),
        ("ja", "5月15日までのお支払いはできません。"),
    ],
)
def test_what_is_refused_conditional_or_asked_is_no_promise(language: str, body: str) -> None:
    reading = read(body, language)
    assert reading.promise is None
    assert reading.needs_human or Intent.PROMISE_TO_PAY not in reading.intents


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("ja", "訂正版が届いたら5月15日にお支払いします。"),
        ("de", "Vorausgesetzt, unser Zuschuss kommt bis dahin, zahlen wir am 20.05.2026."),
    ],
)
def test_a_day_that_depends_on_something_goes_to_a_person(language: str, body: str) -> None:
    assert read(body, language).needs_human


def test_a_quoted_deadline_is_no_promise() -> None:
    reading = read(
        "Noted, thanks.\n\nOn Mon, 11 May 2026 at 09:00, AR <ar@acme.example> wrote:\n> Please pay by 20 May"
    )
    assert reading.promise is None
    assert reading.intents == (Intent.ACKNOWLEDGEMENT,)


def test_half_now_and_the_rest_at_the_end_of_the_month_are_two_parts() -> None:
    reading = read("Wir zahlen 50 % am 20.05. und den Rest zum Monatsende.", "de", ("R-1", "1000"))
    assert reading.promise is not None
    assert [(i.date.isoformat(), i.amount) for i in reading.promise.instalments] == [
        ("2026-05-20", Decimal("500.00")),
        ("2026-05-31", Decimal("500.00")),
    ]


def test_three_monthly_instalments_are_a_plan() -> None:
    body = "Wir zahlen in drei Raten à 400 € jeweils am 1. des Monats, beginnend am 1. Juni."
    reading = read(body, "de", ("R-1", "1200"))
    assert reading.intents == (Intent.PAYMENT_PLAN,)
    assert reading.promise is not None
    assert [i.date.isoformat() for i in reading.promise.instalments] == ["2026-06-01", "2026-07-01", "2026-08-01"]


def test_a_promise_names_its_invoice() -> None:
    reading = read("INV-2 will be paid on 22 May.", "en", ("INV-1", "100"), ("INV-2", "50"))
    assert reading.promise is not None
    assert reading.promise.invoices == ("INV-2",)


PAID = [
    ("en", "We already paid this on 5 May."),
    ("en", "Cleared from our account 05/05, please check with your bank."),
    ("es", "Ya se realizó el pago el 5 de mayo."),
    ("fr", "Paiement effectué le 5 mai."),
    ("de", "Der Betrag wurde bereits am 5. Mai überwiesen."),
    ("ja", "5月5日に振り込み済みです。"),
]


@pytest.mark.parametrize(("language", "body"), PAID)
def test_a_payment_made_has_its_day(language: str, body: str) -> None:
    reading = read(body, language)
    assert reading.intents == (Intent.ALREADY_PAID,)
    assert reading.paid is not None
    assert reading.paid.date == date(2026, 5, 5)
    assert reading.promise is None


@pytest.mark.parametrize("day", ["05/05/2026", "05-05-2026", "05.05.2026", "2026-05-05", "5/5/26", "5 May 2026"])
def test_a_day_is_a_day_in_whatever_figures_never_a_telephone_or_a_document(day: str) -> None:
    reading = read(f"Paid by bank transfer on {day}.")
    assert reading.paid is not None
    assert reading.paid.date == date(2026, 5, 5)


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "I thought this was paid already."),
        ("en", "We have paid 600 GBP today and will pay the remaining 600 on 29 May."),
        ("es", "Pagamos los días 25 de cada mes."),
        ("ja", "先週支払い済みのはずですが。"),
    ],
)
def test_a_payment_that_is_only_believed_or_half_made_goes_to_a_person(language: str, body: str) -> None:
    assert read(body, language).needs_human


def test_terms_in_days_are_no_amount() -> None:
    reading = read("Zahlungsziel 30 Tage, also zahlen wir am 4. Juni.", "de")
    assert reading.promise is not None
    assert reading.promise.instalments[0].amount is None


def test_each_day_goes_with_the_invoice_named_beside_it() -> None:
    reading = read(
        "A-101は5月20日に、A-102は5月29日にお支払いいたします。", "ja", ("A-101", "120000"), ("A-102", "50000")
    )
    assert reading.promise is not None
    assert [(i.date.day, i.amount) for i in reading.promise.instalments] == [
        (20, Decimal(120000)),
        (29, Decimal(50000)),
    ]


DISPUTES = [
    ("en", "The unit price is wrong, we agreed on 10 per unit. Please send a corrected invoice.", DisputeReason.PRICE),
    ("en", "The pumps are leaking. We are not paying until they are replaced.", DisputeReason.QUALITY),
    ("en", "those pumps u sent are junk. come get em, aint paying for garbage", DisputeReason.QUALITY),
    ("en", "what sealant?? nothings turned up here", DisputeReason.NOT_RECEIVED),
    ("en", "No one called Dave Marsh works here and we placed no such order.", DisputeReason.OTHER),
    (
        "en",
        "Your fuel surcharge has no basis in our agreement, clause 9 says prices are all-in.",
        DisputeReason.CONTRACT,
    ),
    ("es", "No procede el pago: faltaron 20 cajas.", DisputeReason.QUANTITY),
    (
        "fr",
        "Nous contestons cette facture : rien n'a été livré, la marchandise n'est jamais arrivée.",
        DisputeReason.NOT_RECEIVED,
    ),
    ("de", "Auf der Rechnung fehlt unsere Bestellnummer, bitte korrigieren.", DisputeReason.MISSING_PO),
    ("ja", "消費税の税率が間違っています。訂正をお願いします。", DisputeReason.TAX),
]


@pytest.mark.parametrize(("language", "body", "reason"), DISPUTES)
def test_a_dispute_has_its_reason_and_its_invoice(language: str, body: str, reason: DisputeReason) -> None:
    reading = read(body, language)
    assert Intent.DISPUTE in reading.intents
    assert reading.dispute is not None
    assert (reading.dispute.reason, reading.dispute.invoices) == (reason, ("INV-1041",))


@pytest.mark.parametrize(
    ("body", "channel"),
    [
        ("STOP", "sms"),
        ("Stop.", "sms"),
        ("ＳＴＯＰ", "sms"),
        ("baja", "sms"),
        ("Arrêt", "sms"),
        ("arret!", "sms"),
        ("STOPP", "sms"),
        ("配信停止", "sms"),
    ],
)
def test_the_keyword_alone_opts_out(body: str, channel: str) -> None:
    reading = read(body, channel=channel)
    assert reading.intents == (Intent.OPT_OUT,)
    assert not reading.needs_human


def test_a_keyword_within_other_words_is_no_keyword() -> None:
    assert Intent.OPT_OUT not in read("Please stop by our office.", channel="sms").intents


def test_start_opts_in_again() -> None:
    assert read("Start", channel="sms").intents == (Intent.OPT_IN,)


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "Please stop emailing me about invoices."),
        ("es", "Por favor, no me manden más mensajes a este número."),
        ("fr", "Merci de ne plus m'envoyer de SMS."),
        ("de", "Bitte keine SMS mehr an diese Nummer."),
        ("ja", "この番号にはもうメッセージを送らないでください。"),
    ],
)
def test_a_plain_refusal_of_messages_opts_out(language: str, body: str) -> None:
    assert read(body, language).intents == (Intent.OPT_OUT,)


def test_our_own_footer_in_the_quotation_opts_nobody_out() -> None:
    reading = read(
        "Paid on Friday.\n\nOn Mon, 11 May 2026 at 09:00, AR <ar@acme.example> wrote:\n> Reply STOP to unsubscribe"
    )
    assert Intent.OPT_OUT not in reading.intents


@pytest.mark.parametrize(
    ("body", "intent"),
    [
        ("10-4, got ur msg", Intent.ACKNOWLEDGEMENT),
        ("Boss will pick it up when he's back in", Intent.ACKNOWLEDGEMENT),
        ("Might the invoice be held over to the council meeting of 10 June?", Intent.TERMS_EXTENSION_REQUEST),
        ("cant find that one, flick us the tax invoice would ya", Intent.INVOICE_COPY_REQUEST),
        ("Could you run me off a full statement showing every invoice and payment?", Intent.STATEMENT_REQUEST),
    ],
)
def test_what_is_asked_or_told_in_other_words_needs_no_person(body: str, intent: Intent) -> None:
    reading = read(body)
    assert reading.intents == (intent,)
    assert not reading.needs_human


def test_the_same_day_of_two_weeks_can_be_read_in_one_way() -> None:
    reading = read("Half Friday, the other half next Friday.")
    assert reading.promise is not None
    assert [p.date for p in reading.promise.instalments] == [date(2026, 5, 15), date(2026, 5, 22)]
    assert not any("two ways" in doubt for doubt in reading.doubts)


@pytest.mark.parametrize(
    ("fields"),
    [
        {"subject": "Automatic reply: Reminder"},
        {"subject": "Auto: RE: Reminder"},
        {"subject": "Automated response: Reminder"},
        {"subject": "Abwesenheitsnotiz: Mahnung"},
        {"subject": "Respuesta automática: Factura"},
        {"subject": "Réponse automatique : Relance"},
        {"subject": "【自動返信】ご入金のお願い"},
        {"headers": {"auto-submitted": "auto-replied"}},
        {"headers": {"precedence": "bulk"}},
        {"headers": {"return-path": "<>"}},
    ],
)
def test_a_robot_promises_nothing(fields: dict[str, object]) -> None:
    reading = read("I am away until 20 May. Payment will be made on 22 May.", **fields)
    assert reading.automatic
    assert reading.intents == (Intent.OUT_OF_OFFICE,)
    assert reading.promise is None


GRAVE = [
    ("en", "We are in administration since 1 May."),
    ("en", "Talk to our solicitor."),
    ("es", "La empresa está en concurso de acreedores."),
    ("es", "Hable con mi abogado."),
    ("fr", "La société est en liquidation judiciaire."),
    ("fr", "Vous aurez affaire à mon avocat."),
    ("de", "Über unser Vermögen wurde das Insolvenzverfahren eröffnet."),
    ("de", "Das gebe ich an meinen Anwalt."),
    ("ja", "破産手続の申立てを行いました。"),
    ("ja", "弁護士に相談します。"),
    ("en", "This is a disgrace, how dare you!"),
    ("de", "Das ist eine Frechheit."),
]


@pytest.mark.parametrize(("language", "body"), GRAVE)
def test_insolvency_lawyers_and_anger_go_to_a_person_whatever_else_is_said(language: str, body: str) -> None:
    promise = next(text for known, text, _ in PROMISES if known == language)
    assert read(body, language).needs_human
    assert read(f"{promise} {body}", language).needs_human


def test_several_subjects_are_taken_where_each_names_its_own_invoice() -> None:
    body = "INV-1 will be paid on 22 May. INV-2 is wrong, you charged the wrong price."
    reading = read(body, "en", ("INV-1", "100"), ("INV-2", "50"))
    assert reading.promise is not None
    assert reading.promise.invoices == ("INV-1",)
    assert reading.dispute is not None
    assert reading.dispute.invoices == ("INV-2",)
    assert not reading.needs_human


def test_several_subjects_about_the_same_invoice_go_to_a_person() -> None:
    reading = read("This will be paid on 22 May. You charged the wrong price.", "en", ("INV-1", "100"))
    assert reading.needs_human


def test_an_empty_reply_goes_to_a_person() -> None:
    assert read("").needs_human


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(sorted(HOME)))
def test_whatever_is_written_never_falls_over(body: str, language: str) -> None:
    reading = read(body, language)
    assert reading.intents


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "will",
                "pay",
                "paid",
                "on",
                "Friday",
                "20",
                "May",
                "500",
                "half",
                "rest",
                "not",
                "if",
                "when",
                "STOP",
                ">",
                "wrote:",
                "INV-1041",
                "£",
                "%",
                "?",
                ".",
            ]
        ),
        max_size=25,
    )
)
def test_a_promise_never_lies_behind_and_never_exceeds_what_is_open_unseen(words: list[str]) -> None:
    reading = read(" ".join(words))
    if reading.promise and not reading.needs_human:
        assert all(i.date >= date(2026, 5, 12) for i in reading.promise.instalments)
        assert sum(i.amount or 0 for i in reading.promise.instalments) <= 120000
