"""German replies in families: what depends on others, habits, parts kept back, direct debits, invoices that wait.

Received on Tuesday, 12 May 2026.
"""

from datetime import date

import pytest

from domain.disputes import DisputeReason
from outreach.replies.model import Intent
from tests.unit.replies.test_understand import read

ONE = ("26-4051", "1200.00")
TWO = (("26-4051", "1200.00"), ("26-4060", "640.00"))
SAME = (("26-4051", "640.00"), ("26-4060", "640.00"), ("26-4071", "310.00"))


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("sobald der bauträger uns bezahlt hat überweise ich am 20. den vollen betrag", 20),
        ("Sollte das Geld des Kunden bis dahin eingehen, überweisen wir Ihnen am 22.05. den offenen Betrag.", 22),
        ("Unser Kunde zahlt uns am 26.05. Nur unter der Voraussetzung, dass das Geld dann auch eingeht, können wir Ihre"
         " Rechnung bezahlen; in diesem Fall erfolgt die Anweisung am 28.05.", 28),
        ("Überwiesen wird am 27.05., allerdings nur, wenn die Förderbank uns vorher auszahlt.", 27),
    ],
)  # fmt: skip
def test_a_promise_that_depends_on_others_is_noted_on_its_own_day_and_brings_a_person(body: str, day: int) -> None:
    reading = read(body, "de", ONE)
    assert reading.promise is not None
    assert [p.date for p in reading.promise.instalments] == [date(2026, 5, day)]
    assert reading.needs_human


@pytest.mark.parametrize(
    "body",
    [
        "Die Rechnung wird am 15. mit dem Zahllauf beglichen. Wir regulieren zweimal monatlich (15. und Ultimo).",
        "Ihre Rechnung geht am 15. raus. Wir zahlen grundsätzlich zweimal im Monat, am 15. und am Monatsletzten.",
        "Gezahlt wird am 15.05. Unsere Zahltage sind der 15. und der 30. eines jeden Monats.",
    ],
)
def test_the_days_on_which_payments_are_made_as_a_rule_are_no_more_parts(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.promise is not None
    assert [p.date for p in reading.promise.instalments] == [date(2026, 5, 15)]
    assert not reading.needs_human


@pytest.mark.parametrize("body", ["Mein Vorschlag: 50 % sofort, Rest zum 30.05.", "Die Hälfte sofort, Rest am 30.05."])
def test_two_parts_without_a_word_for_instalments_are_a_promise(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.intents == (Intent.PROMISE_TO_PAY,)
    assert reading.promise is not None
    assert [p.amount for p in reading.promise.instalments] == [600, 600]


@pytest.mark.parametrize(
    "body",
    [
        "250 EUR behalten wir bis zur Nachbesserung der Dichtung ein. Die unstrittigen 950 EUR zahlen wir am 26.05.",
        "Die Fliesen haben Risse, darum halten wir 250 EUR zurück. Die restlichen 950 EUR überweisen wir am 26.05.",
    ],
)
def test_a_part_kept_back_is_contested_beside_the_promise_of_the_rest(body: str) -> None:
    reading = read(body, "de", ONE)
    assert set(reading.intents) == {Intent.PROMISE_TO_PAY, Intent.DISPUTE}
    assert reading.dispute is not None
    assert (reading.dispute.reason, reading.dispute.amount) == (DisputeReason.QUALITY, 250)


@pytest.mark.parametrize(
    "body",
    [
        "Die habt ihr doch selbst per Lastschrift eingezogen, am 4. Mai, 1.200,00 €.",
        "habt ihr euch doch am 4.5. schon per sepa geholt",
    ],
)
def test_what_was_collected_by_direct_debit_is_paid(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.intents == (Intent.ALREADY_PAID,)
    assert reading.paid is not None
    assert reading.paid.date == date(2026, 5, 4)


@pytest.mark.parametrize(
    "body",
    [
        "26-4060 geht Freitag raus, 26-4051 liegt noch beim Chef.",
        "Die 26-4060 überweise ich am Freitag, die 26-4051 ist noch in der Prüfung.",
    ],
)
def test_an_invoice_that_waits_is_not_paid_with_another(body: str) -> None:
    promise = read(body, "de", *TWO).promise
    assert promise is not None
    assert promise.invoices == ("26-4060",)


@pytest.mark.parametrize(
    "body",
    [
        "Wir werden NICHT bis Freitag zahlen und auch nicht bis zum 31., die Maschine steht seit Wochen!",
        "die rechnung zahlen wir nicht solange der aufzug nicht läuft",
        "rechnung wird nicht bezahlt solange die duschwannen nicht getauscht sind",
    ],
)
def test_a_refusal_is_no_promise(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.intents[0] is Intent.DISPUTE
    assert reading.promise is None
    assert reading.dispute is not None
    assert reading.dispute.reason is DisputeReason.QUALITY


def test_of_two_invoices_for_one_order_either_may_go() -> None:
    body = "Sie mahnen 26-4051 und 26-4060 an. Das ist zweimal dieselbe Lieferung, eine davon ist zu stornieren."
    dispute = read(body, "de", *SAME).dispute
    assert dispute is not None
    assert dispute.reason is DisputeReason.DUPLICATE
    assert dispute.invoices == ("26-4051", "26-4060")


def test_two_invoices_that_are_wanted_once_more_are_no_duplicates() -> None:
    body = "bitte lassen S' mir die beiden Rechnungen 26-4051 und 26-4060 noch einmal als PDF zukommen."
    assert read(body, "de", *SAME).intents == (Intent.INVOICE_COPY_REQUEST,)


@pytest.mark.parametrize(
    ("body", "day", "amount"),
    [
        ("fr is das geld da, versprochen", 15, None),
        ("mehr als 200 hab ich grad nicht. die überweis ich freitag.", 15, 200),
        ("die chefin hat 700 freigegeben die darf ich am freitag überweisen", 15, 700),
    ],
)
def test_a_day_and_a_sum_of_a_text_message(body: str, day: int, amount: int | None) -> None:
    promise = read(body, "de", ONE, channel="sms").promise
    assert promise is not None
    assert [(p.date, p.amount) for p in promise.instalments] == [(date(2026, 5, day), amount)]


def test_a_wish_for_a_copy_with_a_payment_without_a_day_needs_nobody() -> None:
    body = "hab nur die mahnung gekriegt, nie die rechnung. schickt sie mir, dann überweis ich gleich"
    reading = read(body, "de", ONE, channel="sms")
    assert reading.intents == (Intent.INVOICE_COPY_REQUEST,)
    assert reading.promise is None


@pytest.mark.parametrize(
    "body",
    [
        "Die 1.200,00 € haben wir am 29.04. überwiesen, allerdings, wie ich eben sehe, noch auf Ihr altes Konto bei der"
        " Sparkasse.",
        "Am 4. Mai bezahlt, aber leider an die alte IBAN, die noch bei uns im Stamm stand.",
        "hab am 6.5. gezahlt, blöderweise auf euer früheres konto",
    ],
)
def test_a_payment_to_an_account_of_the_past_brings_a_person(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.intents[0] is Intent.ALREADY_PAID
    assert reading.needs_human


@pytest.mark.parametrize(
    "body",
    [
        "bekomm am 19. meine provision, dann geht am 20. alles an euch",
        "Freitag kommt hoffentlich die Kaution vom alten Vermieter, am 20. überweise ich dann.",
    ],
)
def test_money_that_is_still_to_come_in_is_a_condition(body: str) -> None:
    assert read(body, "de", ONE).needs_human


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Morgen Rico,\n\ndas Rolltor klemmt immer noch. Vorher zahle ich nicht.", DisputeReason.QUALITY),
        ("Von den zwölf Kisten waren vier faul, die haben wir weggeworfen. Bitte korrigieren.", DisputeReason.QUALITY),
        ("Das Gerüst stand 11 Tage länger, nicht 18, wie in der Rechnung steht.", DisputeReason.QUANTITY),
        (
            "Die Lieferung zu dieser Rechnung ist nie bei uns angekommen, bitte prüfen Sie den Ablieferbeleg.",
            DisputeReason.NOT_RECEIVED,
        ),
        ("Summe der Wiegekarten: 18,2 t. Berechnet habt ihr 28,1 t. Bitte korrigieren.", DisputeReason.QUANTITY),
    ],
)
def test_what_is_wrong_with_goods_or_their_number(body: str, reason: DisputeReason) -> None:
    reading = read(body, "de", ONE)
    assert reading.promise is None
    assert reading.dispute is not None
    assert reading.dispute.reason is reason


@pytest.mark.parametrize("share", ["25 %", "Ein Viertel"])
def test_a_share_now_and_the_rest_in_equal_parts(share: str) -> None:
    body = f"{share} sofort, den Rest in drei gleichen Teilen, jeweils zum 15., beginnend im Juni."
    reading = read(body, "de", ONE)
    assert reading.promise is not None
    assert [(p.date, p.amount) for p in reading.promise.instalments] == [
        (date(2026, 5, 12), 300), (date(2026, 6, 15), 300), (date(2026, 7, 15), 300), (date(2026, 8, 15), 300),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "Dürften wir mit dem Ausgleich bis zum 15. Juni zuwarten? Eine kurze Antwort wäre nett.",
        "Darum unsere Anfrage, ob Sie uns für diese Rechnung 60 statt 30 Tage gewähren könnten.",
        "Wir möchten anfragen, ob Sie uns bis Ende Juni entgegenkommen würden.",
    ],
)
def test_a_polite_wish_for_more_time_promises_nothing(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.intents == (Intent.TERMS_EXTENSION_REQUEST,)
    assert reading.promise is None


@pytest.mark.parametrize(
    "body",
    [
        "Ihr Schreiben ist eingelangt. Der Vorstand behandelt die Angelegenheit in seiner Sitzung am 19. Mai.",
        "Mahnung erhalten. Das Thema steht am 20.05. auf der Tagesordnung des Gemeinderats, danach melden wir uns.",
    ],
)
def test_the_day_on_which_others_confer_is_no_day_of_payment(body: str) -> None:
    reading = read(body, "de", ONE)
    assert reading.intents == (Intent.ACKNOWLEDGEMENT,)
    assert reading.promise is None


def test_the_weekday_of_a_day_that_is_named_is_no_other_day() -> None:
    reading = read("Am 22., das ist ein Freitag, überweise ich alles.", "de", ONE)
    assert reading.promise is not None
    assert [p.date for p in reading.promise.instalments] == [date(2026, 5, 22)]


@pytest.mark.parametrize(
    "body",
    [
        "Zahlung am 21.05. ist eingestellt. Könnten Sie uns noch zwei Muster vom grauen Stoff schicken?",
        "Die Ware ist super, nix zu meckern. Euer Geld geht am 21.05. raus.",
    ],
)
def test_praise_and_wishes_beside_a_promise_need_nobody(body: str) -> None:
    assert not read(body, "de", ONE).needs_human


def test_each_first_of_a_month() -> None:
    reading = read("Wir schlagen drei Raten à 400 € vor, jeweils zum Monatsersten, beginnend am 1. Juni.", "de", ONE)
    assert reading.promise is not None
    assert [p.date for p in reading.promise.instalments] == [date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)]


def test_a_rest_whenever_there_is_money_leaves_the_first_part_firm() -> None:
    reading = read("Ich überweise am 20.05. 800 Euro, den Rest, sobald ich kann.", "de", ONE)
    assert reading.promise is not None
    assert [(p.date, p.amount) for p in reading.promise.instalments] == [(date(2026, 5, 20), 800)]
    assert not reading.needs_human
