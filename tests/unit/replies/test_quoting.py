"""The customer's own words, freed from what was quoted."""

import pytest

from outreach.replies.quoting import strip_quoted

HEADERS = [
    "Von: Kasse <kasse@acme.example>\nGesendet: Montag, 11. Mai 2026 10:00\nAn: Einkauf\nBetreff: Mahnung",
    "De : Compta <compta@acme.example>\nEnvoyé : lundi 11 mai 2026 10:00\nÀ : Achats\nObjet : Relance",
    "De: Cobros <cobros@acme.example>\nEnviado: lunes, 11 de mayo de 2026 10:00\nPara: Pagos\nAsunto: Factura",
    "差出人: 経理 <keiri@acme.example>\n送信日時: 2026年5月11日月曜日 10:00\n宛先: 購買\n件名: ご請求",
    "From: AR <ar@acme.example>\nSent: Monday, May 11, 2026 10:00 AM\nTo: AP\nSubject: Reminder",
    "On Mon, 11 May 2026 at 10:00, AR Team <ar@acme.example> wrote:\n> Please pay",
    "Am 11.05.2026 um 10:00 schrieb Kasse <kasse@acme.example>:\n\nBitte zahlen",
    "Le lun. 11 mai 2026 à 10:00, Compta <compta@acme.example> a écrit :\n> Merci de régler",
    "El lun, 11 may 2026 a las 10:00, Cobros (<cobros@acme.example>) escribió:\n> Pague",
    "2026年5月11日(月) 10:00 経理 <keiri@acme.example>:\n> お支払いください",
    "-----Ursprüngliche Nachricht-----\nBitte zahlen Sie bis 20.05.",
]


@pytest.mark.parametrize("history", HEADERS)
def test_history_below_the_reply_is_cut(history: str) -> None:
    assert strip_quoted(f"It is paid on Friday.\n\n{history}\n> pay by 20 May").reply == "It is paid on Friday."


def test_answers_between_quoted_lines_stay_with_what_they_answer() -> None:
    stripped = strip_quoted("> INV-1 is due\n\nPaid on 2 May.\n\n> INV-2 is due\n\nNext week.\n")
    assert stripped.reply == "Paid on 2 May.\n\nNext week."
    assert [(pair.quoted.strip(), pair.answer) for pair in stripped.interleaved] == [
        ("INV-1 is due", "Paid on 2 May."),
        ("INV-2 is due", "Next week."),
    ]


def test_the_answer_may_stand_below_the_quotation() -> None:
    assert (
        strip_quoted("On 11/05/2026 09:14, Accounts wrote:\n> Pay now\n\nWe paid this on 2 May.").reply
        == "We paid this on 2 May."
    )


def test_the_signature_is_no_part_of_the_message() -> None:
    stripped = strip_quoted("We pay on Friday.\n\nKind regards\nSue\nOffice closed on 3 June")
    assert stripped.message == "We pay on Friday."
    assert "3 June" in stripped.signature


def test_disclaimers_and_device_lines_are_dropped() -> None:
    stripped = strip_quoted(
        "Zahlen wir am Freitag.\n\nVon meinem iPhone gesendet\n\nDiese Nachricht ist vertraulich, Stand 02.01.2026."
    )
    assert stripped.message == "Zahlen wir am Freitag."


def test_text_that_only_looks_like_a_header_is_kept() -> None:
    text = "To: whom it may concern, we dispute this."
    assert strip_quoted(text).reply == text


@pytest.mark.parametrize("text", ["", "\n\n", ">", "From:\nTo:\n", "--\n", "On\nwrote:", "\x00\x1f"])
def test_nothing_makes_it_fall_over(text: str) -> None:
    strip_quoted(text)
