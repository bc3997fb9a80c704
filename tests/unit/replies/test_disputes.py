"""Disputes and payments told: which sum is contested, what was sent, when, and under which reference.

Received on Tuesday, 12 May 2026.
"""

from decimal import Decimal

import pytest

from outreach.replies.model import Intent
from tests.unit.replies.test_understand import read

ONE = ("INV-1041", "1200.00")
JAPANESE = ("INV-1041", "120000")


@pytest.mark.parametrize(
    ("language", "body", "contested"),
    [
        (
            "en",
            "INV-1041 is wrong: you billed 52 a unit, we agreed 38. For 10 units it is £140.00 too much.",
            "140",
        ),
        ("en", "Three of the boxes were smashed. 3 x £45.00 = £135.00, please credit that on INV-1041.", "135"),
        (
            "en",
            "We dispute INV-1041, goods were damaged. We deduct £200.00, the remaining £1,000.00 is fine.",
            "200",
        ),
        ("es", "El precio de la INV-1041 no es el acordado: son 84 € de más. Necesitamos factura rectificativa.", "84"),
        ("fr", "Nous contestons la INV-1041 : le devis est à 480 € et vous facturez 520 €, soit 320 € de trop.", "320"),
        ("de", "Der Preis auf INV-1041 stimmt nicht, vereinbart waren 98,00 EUR, das sind 280,00 EUR zu viel.", "280"),
        ("ja", "INV-1041の単価が契約の480円ではなく520円です。差額48,000円の訂正をお願いします。", "48000"),
    ],
)
def test_the_contested_sum_is_the_one_that_is_too_much(language: str, body: str, contested: str) -> None:
    reading = read(body, language, JAPANESE if language == "ja" else ONE)
    assert reading.dispute is not None
    assert reading.dispute.amount == Decimal(contested)


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "INV-1041 breaks our agreement: freight is free for orders over £500, and you charged freight."),
        ("fr", "La INV-1041 est contraire au contrat : franco de port à partir de 500 €, et vous facturez le port."),
    ],
)
def test_a_limit_is_no_contested_sum(language: str, body: str) -> None:
    reading = read(body, language, ONE)
    assert reading.dispute is not None
    assert reading.dispute.amount is None


@pytest.mark.parametrize(
    ("language", "body", "reference"),
    [
        ("en", "We paid INV-1041 on 4 May. UTR No. KRBLR52025091288104.", "KRBLR52025091288104"),
        ("en", "Did a bank transfer yesterday, put CRABTREE on it.", "CRABTREE"),
        ("en", "We already paid this by check 20331 on 4 May.", "20331"),
        ("es", "La factura INV-1041 se pagó el 4 de mayo por SPEI, clave de rastreo 7071726050.", "7071726050"),
        ("es", "Ya pagamos el 4 de mayo, comprobante de egreso CE-11872.", "CE-11872"),
        ("fr", "Payé le 4 mai par virement, communication structurée +++026/0441/78078+++.", "+++026/0441/78078+++"),
        ("fr", "Le chèque n° 0004512 a été posté le 4 mai.", "0004512"),
        ("de", 'Am 04.05. überwiesen, Verwendungszweck "INV-1041 PRANG SEGEL".', "INV-1041 PRANG SEGEL"),
        ("de", "Wir haben am 04.05. überwiesen, End-to-End-ID SSC20260309-00417.", "SSC20260309-00417"),
        ("ja", "5月1日に振り込みました。名義は「カ)ナカムラテツコウシヨ」です。", "カ)ナカムラテツコウシヨ"),
        ("ja", "5月1日に「フジツボ」名義でお振込みしました。", "フジツボ"),
        ("en", "We paid invoice no. INV-1041 on 4 May.", None),
        ("ja", "5月1日に振り込みました。口座番号が1桁誤っていました。", None),
    ],
)
def test_the_reference_is_copied_as_it_is_written(language: str, body: str, reference: str | None) -> None:
    reading = read(body, language)
    assert reading.paid is not None
    assert reading.paid.reference == reference


@pytest.mark.parametrize(
    ("language", "body", "sent"),
    [
        ("en", "We paid £1,176.00 on 4 May against INV-1041 (£1,200.00 less TDS £24.00).", "1176"),
        ("en", "INV-1041 was paid on 4 May. Amount £1,176.00 after deduction of TDS £24.00.", "1176"),
        (
            "de",
            "INV-1041 am 04.05. bezahlt: 1.200,00 EUR abzüglich 24,00 EUR Skonto, also 1.176,00 EUR.",
            "1176",
        ),
        ("ja", "5月1日に振り込みました。手数料660円を引いて119,340円です。", "119340"),
    ],
)
def test_what_was_sent_is_what_is_left_when_a_part_is_kept_back(language: str, body: str, sent: str) -> None:
    reading = read(body, language, JAPANESE if language == "ja" else ONE)
    assert reading.paid is not None
    assert reading.paid.amount == Decimal(sent)


@pytest.mark.parametrize(
    ("language", "body", "day"),
    [
        ("en", "Hi, that one went by BACS on Friday, should be with you.", "2026-05-08"),
        ("en", "Check #2091 went out in Friday's mail. Give the post office until Thursday please.", "2026-05-08"),
        ("en", "Our check was put in the mail on Friday, so it should get to you tomorrow.", "2026-05-08"),
        ("en", "paid that last nite pal, the lot, off the app", "2026-05-11"),
        ("en", "sent yday by bank app", "2026-05-11"),
        ("es", "Pero si ya está pagada, la pagué el viernes.", "2026-05-08"),
        ("fr", "Bonjour, réglé vendredi 8 par virement. Bonne journée", "2026-05-08"),
        ("de", "Servus, is gestern scho raus gangen von der Bank.", "2026-05-11"),
    ],
)
def test_a_bare_weekday_of_a_payment_is_the_last_one(language: str, body: str, day: str) -> None:
    reading = read(body, language)
    assert reading.intents == (Intent.ALREADY_PAID,)
    assert reading.paid is not None
    assert reading.paid.date is not None
    assert reading.paid.date.isoformat() == day


def test_the_dates_in_the_rows_of_an_advice_are_those_of_its_invoices() -> None:
    body = (
        "Please find below details of a payment which will be credited to your account on 29/05/2026.\n\n"
        "Your ref      Date          Amount\nIN88120       24/04/2026    £348.00\n"
        "IN88164       28/04/2026    £1,062.50\n"
        "                  Total     £1,410.50\n"
    )
    reading = read(body, "en", ("IN88120", "348.00"), ("IN88164", "1062.50"), subject="Remittance Advice")
    assert reading.promise is not None
    assert reading.paid is None
    assert [part.date.isoformat() for part in reading.promise.instalments] == ["2026-05-29"]


def test_an_advice_leaves_out_what_it_says_is_not_in_it() -> None:
    body = (
        "4月30日に一括でお振込みした180,000円の内訳です。\n　K-701　　100,000\n　K-705　　80,000\n"
        "　振込額　180,000\nK-722はまだ期日前ですので含まれておりません。"
    )
    reading = read(body, "ja", ("K-701", "100000"), ("K-705", "80000"), ("K-722", "121000"))
    assert reading.paid is not None
    assert set(reading.paid.invoices) == {"K-701", "K-705"}


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "3107 is fine, it will be paid on 22 May. 3122 I dispute: 12 boxes billed, only 9 were delivered."),
        ("fr", "La 3107 c'est ok, virement le 22 mai. Par contre la 3122 je conteste : 12 cartons facturés, 9 reçus."),
    ],
)
def test_what_is_contested_beside_a_promise_is_the_other_invoice(language: str, body: str) -> None:
    reading = read(body, language, ("3107", "500.00"), ("3122", "400.00"))
    assert reading.promise is not None
    assert reading.dispute is not None
    assert (reading.promise.invoices, reading.dispute.invoices) == (("3107",), ("3122",))


@pytest.mark.parametrize(
    ("language", "body"),
    [
        (
            "en",
            "3122 is wrong, we dispute it: 12 boxes billed, 9 delivered. 3107 is a different order and is correct.",
        ),
        ("es", "De la 3122 no hemos recibido ni una caja, no la pagamos. De la 3107 no hay novedad."),
        (
            "de",
            "Die 3122 weisen wir zurück, Ware defekt. 3107 ist ein anderer Auftrag und hat damit nichts zu tun.",
        ),
        ("ja", "3122は品物が届いておりませんのでお支払いできません。3107の方は別の品なので、そのままで結構です。"),
    ],
)
def test_an_invoice_that_is_said_to_be_fine_is_not_contested(language: str, body: str) -> None:
    reading = read(body, language, ("3107", "500.00"), ("3122", "400.00"))
    assert reading.dispute is not None
    assert reading.dispute.invoices == ("3122",)


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "Please send me a copy of the invoice again. We had a flood in the office and the post got wet."),
    ],
)
def test_a_word_of_hardship_in_a_plain_request_brings_no_person(language: str, body: str) -> None:
    assert not read(body, language).needs_human


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Nope. Our PO says wax flake at 1.24/lb, you keyed 1.42. Send a corrected 7022.", "price"),
        ("7022 is parked. The order field says Dave and we are unable to match it to any order.", "missing_po"),
        ("Only 6 of 10 chairs came on 7022, please credit the rest.", "quantity"),
    ],
)
def test_reasons_of_disputes_in_other_words(body: str, reason: str) -> None:
    found = read(body, "en", ("7022", "500.00"), ("7010", "300.00")).dispute
    assert found is not None
    assert found.reason.value == reason


def test_one_payment_is_for_all_the_invoices_that_went_by_it() -> None:
    found = read(
        "7022 was released by wire on 6 May. 7010 same wire.", "en", ("7022", "500.00"), ("7010", "300.00")
    ).paid
    assert found is not None
    assert set(found.invoices) in (set(), {"7022", "7010"})


def test_an_invoice_that_is_refused_beside_a_promise_brings_a_person() -> None:
    body = "We are not paying 7022 until someone from your side comes. 7010 is on Friday's run."
    reading = read(body, "en", ("7022", "500.00"), ("7010", "300.00"))
    assert reading.needs_human or reading.dispute is not None


def test_hardship_that_is_told_brings_a_person() -> None:
    assert read("We dispute the invoice, and we cannot pay anyway, we have no money left since the flood.").needs_human


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "Half the tins were dented, we are not paying for those. There is nothing wrong with INV-1041."),
        ("fr", "La moitié des pots est arrivée cassée, nous ne payons pas. Rien à redire sur la INV-1041."),
        ("de", "Die Hälfte der Dosen war verbeult, die Ware beanstanden wir. Die INV-1041 ist im Freigabelauf."),
    ],
)
def test_an_invoice_that_is_called_right_is_not_contested(language: str, body: str) -> None:
    reading = read(body, language, ONE, ("INV-1042", "480.00"))
    assert reading.dispute is not None
    assert reading.dispute.invoices == ("INV-1042",)


@pytest.mark.parametrize(
    ("language", "body", "reason"),
    [
        ("en", "We cancelled this order on 2 May and you confirmed it, so INV-1041 has to be withdrawn.", "contract"),
        ("es", "El pedido se anuló el 2 de mayo y ustedes lo confirmaron: la INV-1041 no procede.", "contract"),
        ("fr", "La commande a été annulée le 2 mai, vous l'aviez confirmé. Merci d'annuler la INV-1041.", "contract"),
        ("de", "Den Auftrag haben wir am 2. Mai storniert, das wurde bestätigt. INV-1041 bitte ausbuchen.", "contract"),
        ("ja", "ご注文は5月2日にキャンセル済みです。INV-1041の請求には応じられません。", "contract"),
        ("en", "The pallets arrived smashed, it says so on the delivery note. We won't pay INV-1041.", "quality"),
        ("es", "Las cajas llegaron rotas. No vamos a pagar la INV-1041.", "quality"),
        ("fr", "Les palettes sont arrivées abîmées. Nous ne paierons pas la INV-1041.", "quality"),
        ("de", "Die Paletten kamen beschädigt an. INV-1041 zahlen wir so nicht.", "quality"),
        ("ja", "商品が輸送中に破損していました。INV-1041はお支払いできません。", "quality"),
    ],
)
def test_what_was_called_off_is_a_matter_of_contract_and_what_arrived_broken_of_quality(
    language: str, body: str, reason: str
) -> None:
    reading = read(body, language)
    assert reading.dispute is not None
    assert reading.dispute.reason == reason
