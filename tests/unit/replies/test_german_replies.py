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
