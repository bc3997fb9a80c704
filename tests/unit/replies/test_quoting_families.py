"""How mail programs of five languages mark what they quote: each family once, below the same two answers."""

from __future__ import annotations

import time

import pytest

from outreach.replies.quoting import strip_quoted

REPLY = "We pay INV-7 on Friday.\n\nThe rest follows in June."
OLD = "Please pay by 20 May.\n\nRegards\nAR"

ATTRIBUTIONS = [
    "On Mon, May 11, 2026 at 10:00 AM AR Team <ar@acme.example> wrote:",
    "On Mon, May 11, 2026 at 10:00 AM, AR Team\n<ar@acme.example> wrote:",
    "On Mon, May 11, 2026 at 10:00 AM AR Team via Billing <\nar@acme.example> wrote:",
    "On 11 May 2026, at 10:00, AR Team <ar@acme.example> wrote:",
    "On 11/05/2026 10:00, AR Team wrote:",
    "On 2026-05-11 10:00, AR Team wrote:",
    "On Monday, May 11th, 2026 at 10:00, AR Team <ar@acme.example> wrote:",
    "On Monday, 11 May 2026 at 10:00:00 am BST, AR Team <ar@acme.example> wrote:",
    "AR Team <ar@acme.example> wrote on 11.05.2026 10:00:",
    "AR Team <ar@acme.example> wrote (11 May 2026 10:00):",
    "ar@acme.example wrote:",
    "11 May 2026 10:00, AR Team <ar@acme.example>:",
    "2026-05-11 10:00 GMT+02:00 AR Team <ar@acme.example>:",
    "---- On Mon, 11 May 2026 10:00:00 +0200 AR Team <ar@acme.example> wrote ----",
    "---- AR Team wrote ----",
    "El lun, 11 may 2026 a las 10:00, Cobros (<cobros@acme.example>) escribió:",
    "El lun., 11 de mayo de 2026 10:00, Cobros <cobros@acme.example>\nescribió:",
    "El 11/05/2026 a las 10:00, Cobros escribió:",
    "El lunes, 11 de mayo de 2026, 10:00:00 CEST, Cobros <cobros@acme.example> escribió:",
    "El 11 may 2026, a las 10:00, Cobros <cobros@acme.example> escribió:",
    "Le lun. 11 mai 2026 à 10:00, Compta <compta@acme.example> a écrit :",
    "Le lun. 11 mai 2026 à 10:00, Compta Fournisseurs\n<compta@acme.example> a écrit :",
    "Le 11/05/2026 à 10:00, Compta a écrit :",
    "Le 11 mai 2026 à 10:00, Compta <compta@acme.example> a écrit :",
    "Le lundi 11 mai 2026 à 10:00:00 UTC+2, Compta <compta@acme.example> a écrit :",
    "Am Mo., 11. Mai 2026 um 10:00 Uhr schrieb Kasse <kasse@acme.example>:",
    "Am 11.05.2026 um 10:00 schrieb Kasse:",
    "Am 11.05.26 um 10:00 schrieb Kasse <kasse@acme.example>:",
    "Am 11. Mai 2026 10:00:00 MESZ schrieb Kasse <kasse@acme.example>:",
    "Am Montag, 11. Mai 2026, 10:00:00 MESZ hat Kasse <kasse@acme.example> Folgendes geschrieben:",
    "Kasse <kasse@acme.example> schrieb am Mo., 11. Mai 2026, 10:00:",
    'Gesendet: Montag, 11. Mai 2026 um 10:00 Uhr\nVon: "Kasse" <kasse@acme.example>\nAn: Uwe\nBetreff: Mahnung',
    "2026年5月11日(月) 10:00 経理 <keiri@acme.example>:",
    "2026年5月11日(月) 10:00、経理 <keiri@acme.example> のメール:",
    "2026/05/11 10:00、経理 <keiri@acme.example>のメール:",
    "2026/05/11 10:00に経理 <keiri@acme.example>さんは書きました:",
    "2026年5月11日月曜日、経理 <keiri@acme.example>さんは書きました：",
    "On 2026/05/11 10:00, 経理 wrote:",
    "経理 <keiri@acme.example> さんが 2026年5月11日 10:00 に書きました:",
]
BLOCKS = [
    "From: AR <ar@acme.example>\nSent: Monday, May 11, 2026 10:00 AM\nTo: AP <ap@kunde.example>\nSubject: Reminder",
    "From: AR <ar@acme.example>\nDate: Monday, 11 May 2026 at 10:00\nTo: AP <ap@kunde.example>\nSubject: Reminder",
    "From: AR [mailto:ar@acme.example]\nSent: 11 May 2026 10:00\nTo: AP\nCc: Sue\nSubject: RE: Reminder",
    "*From:* AR <ar@acme.example>\n*Sent:* Monday, May 11, 2026 10:00 AM\n*To:* AP\n*Subject:* Reminder",
    "________________________________\nFrom: AR <ar@acme.example>\nSent: Monday\nTo: AP\nSubject: Reminder",
    "-----Original Message-----\nFrom: AR <ar@acme.example>\nSent: Monday\nTo: AP\nSubject: Reminder",
    "----- Original Message -----",
    "-------- Original message --------\nFrom: AR <ar@acme.example>\nDate: 11/05/2026 10:00 (GMT+01:00)\nTo: AP",
    "---------- Forwarded message ---------\nFrom: AR <ar@acme.example>\nDate: Mon, May 11, 2026\nSubject: Reminder",
    "Begin forwarded message:\n\nFrom: AR <ar@acme.example>\nSubject: Reminder\nDate: 11 May 2026 at 10:00:00 BST",
    "----- Forwarded by Sue Smith/Kunde on 11/05/2026 10:00 -----\n\nFrom: AR\nTo: Sue\nDate: 11/05/2026",
    "De: Cobros <cobros@acme.example>\nEnviado el: lunes, 11 de mayo de 2026 10:00\nPara: Pagos\nAsunto: Factura",
    "De: Cobros <cobros@acme.example>\nEnviado: lunes, 11 de mayo de 2026\nPara: Pagos\nCC: Ana\nAsunto: Factura",
    "De: Cobros <cobros@acme.example>\nFecha: lunes, 11 de mayo de 2026, 10:00\nPara: Pagos\nAsunto: Factura",
    "-----Mensaje original-----\nDe: Cobros\nEnviado el: lunes\nPara: Pagos\nAsunto: Factura",
    "---------- Mensaje reenviado ---------\nDe: Cobros\nFecha: lun, 11 may 2026\nAsunto: Factura\nPara: Pagos",
    "De : Compta <compta@acme.example>\nEnvoyé : lundi 11 mai 2026 10:00\nÀ : Achats\nObjet : Relance",
    "De : Compta <compta@acme.example>\nDate : lundi 11 mai 2026 à 10:00\nÀ : Achats\nCc : Zoé\nObjet : Relance",
    "-----Message d'origine-----\nDe : Compta\nEnvoyé : lundi\nÀ : Achats\nObjet : Relance",
    "---------- Message transféré ---------\nDe : Compta\nDate : lun. 11 mai 2026\nObjet : Relance\nÀ : Achats",
    "Von: Kasse <kasse@acme.example>\nGesendet: Montag, 11. Mai 2026 10:00\nAn: Einkauf\nBetreff: Mahnung",
    "Von: Kasse <kasse@acme.example>\nDatum: Montag, 11. Mai 2026 um 10:00\nAn: Einkauf\nCc: Uwe\nBetreff: Mahnung",
    "-----Ursprüngliche Nachricht-----\nVon: Kasse\nGesendet: Montag\nAn: Einkauf\nBetreff: Mahnung",
    "-------- Originalnachricht --------\nVon: Kasse\nDatum: 11.05.26 10:00 (GMT+01:00)\nAn: Einkauf",
    "-------- Weitergeleitete Nachricht --------\nBetreff: Mahnung\nDatum: Mon, 11 May 2026\nVon: Kasse\nAn: Einkauf",
    "差出人: 経理 <keiri@acme.example>\n送信日時: 2026年5月11日月曜日 10:00\n宛先: 購買\n件名: ご請求",
    "差出人：経理 <keiri@acme.example>\n日時：2026年5月11日 10:00\n宛先：購買\n件名：ご請求",
    "送信元: 経理 <keiri@acme.example>\n日付: 2026年5月11日 月曜日 10:00\n宛先: 購買\n件名: ご請求",
    "From: 経理 <keiri@acme.example>\nSent: 2026年5月11日 10:00\nTo: 購買\nSubject: ご請求",
    "-----元のメッセージ-----\n差出人: 経理\n宛先: 購買\n件名: ご請求",
    "-----Original Message-----\n差出人: 経理\n送信日時: 2026年5月11日\n宛先: 購買\n件名: ご請求",
    "---------- 転送されたメッセージ ----------\n差出人: 経理\n日付: 2026年5月11日\n件名: ご請求",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_below_an_attribution_quoted_lines_are_cut(attribution: str) -> None:
    quoted = "\n".join(f"> {line}".rstrip() for line in OLD.split("\n"))
    assert strip_quoted(f"{REPLY}\n\n{attribution}\n\n{quoted}\n").reply == REPLY


@pytest.mark.parametrize("attribution", [a for a in ATTRIBUTIONS if a != "ar@acme.example wrote:"])
def test_below_an_attribution_history_without_marks_is_cut(attribution: str) -> None:
    assert strip_quoted(f"{REPLY}\n\n{attribution}\n\n{OLD}\n").reply == REPLY


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_below_the_quotation_is_kept(attribution: str) -> None:
    quoted = "\n".join(f"> {line}".rstrip() for line in OLD.split("\n"))
    assert strip_quoted(f"{attribution}\n{quoted}\n\n{REPLY}\n").reply == REPLY


@pytest.mark.parametrize(
    "attribution", ATTRIBUTIONS[:1] + ATTRIBUTIONS[15:16] + ATTRIBUTIONS[20:21] + ATTRIBUTIONS[-7:]
)
def test_answers_between_the_quoted_lines_are_kept(attribution: str) -> None:
    text = f"{attribution}\n> INV-7 is overdue.\nWe pay INV-7 on Friday.\n\n> INV-8 too.\nThe rest follows in June.\n"
    assert strip_quoted(text).reply == REPLY


@pytest.mark.parametrize("block", BLOCKS)
def test_below_a_block_of_headers_all_is_history(block: str) -> None:
    assert strip_quoted(f"{REPLY}\n\n{block}\n\n{OLD}\n").reply == REPLY
    assert strip_quoted(f"{REPLY}\n\n{block}\n\n{OLD}\n".replace("\n", "\r\n")).reply == REPLY


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone", "Sent from my Samsung Galaxy smartphone.", "Sent from Outlook for iOS",
        "Get Outlook for Android<https://aka.ms/x>", "Sent from Yahoo Mail on Android", "Sent via BlackBerry",
        "Enviado desde mi iPhone", "Enviado desde mi Samsung Mobile de Movistar", "Obtener Outlook para iOS",
        "Enviado desde Yahoo Mail con Android", "Envoyé de mon iPhone", "Envoyé depuis mon Samsung",
        "Envoyé à partir d'Outlook pour iOS", "Télécharger Outlook pour Android", "Von meinem iPhone gesendet",
        "Von meinem Samsung Galaxy Smartphone gesendet.",
        "Gesendet von Outlook für iOS", "Gesendet mit der GMX Mail App", "Holen Sie sich Outlook für iOS",
        "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.", "iPhoneから送信",
        "iPadから送信", "Outlook for iOS を入手", "Yahoo!メール - スマホから送信",
    ],
)  # fmt: skip
def test_the_telephone_says_nothing_of_the_reply(line: str) -> None:
    assert strip_quoted(f"{REPLY}\n\n{line}\n").reply == REPLY


@pytest.mark.parametrize("mark", ["-- ", "--", "__", "—"])
def test_below_the_signature_mark_nothing_is_reply(mark: str) -> None:
    assert strip_quoted(f"{REPLY}\n\n{mark}\nSue Smith\nAcme Ltd\n").reply == REPLY


@pytest.mark.parametrize(
    "text",
    [
        "On Friday we pay INV-7, as I wrote:\nno later.",
        "I wrote to you on 11 May 2026: nothing came.",
        "As Bob wrote on Monday, we pay on Friday.",
        "From: 15 May we are open again.\nTo: be sure, call us.",
        "Date: Friday\nAmount: 500 EUR",
        "Von: hier aus geht es nicht.",
        "Am Montag schrieb ich Ihnen: die Rechnung fehlt.",
        "El viernes pagamos.\nPara: la factura 7",
        "Le 15 mai nous payons : c'est promis.",
        "請求書番号: 7\n金額: 5,000円\n支払日: 5月15日",
        "1. INV-7 paid\n--\n2. INV-8 follows\n\nWe pay both.\n" + "line\n" * 30 + "end",
        "Amount | date\n500 | 15 May",
        "- INV-7\n- INV-8\nboth paid.",
        "We pay > 500 EUR\non Friday.",
        "Original message received, we pay on Friday.",
        "Sent from our bank on Friday, 500 EUR.",
        "Fecha: 15 de mayo\nImporte: 500 EUR\nFactura: 7",
    ],
)
def test_words_that_only_look_like_mail_are_kept(text: str) -> None:
    assert strip_quoted(text).reply.split() == text.split()


def test_our_own_words_above_and_below_a_quotation_stay() -> None:
    text = (
        "See below.\n\nOn Mon, 11 May 2026, AR <ar@acme.example> wrote:\n> Pay now\n\nPaid on 2 May.\n\n> Thanks\n\nBye"
    )
    assert strip_quoted(text).reply == "See below.\n\nPaid on 2 May.\n\nBye"


HARD = [
    "> " * 500_000, "On " * 300_000, "From: " * 150_000, "\n".join(["On 1 May 2026"] * 60_000), "-" * 1_000_000,
    "\n" * 1_000_000, "On 1 " + "x " * 500_000, "a@b.example " * 80_000, "\n".join(["From: a"] * 100_000),
    ("x" * 400 + "\n") * 2_500, "Le 1 mai 2026 10:00 " * 50_000, ("On 1 May 2026 10:00 " + "x " * 120 + "\n") * 3_000,
    ("2026-05-11 10:00 " + "<a@b" * 40 + "\n") * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("size", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", range(len(HARD)))
def test_nonsense_takes_time_in_step_with_its_length(number: int, size: int) -> None:
    text = HARD[number][:size]
    start = time.process_time()
    strip_quoted(text)
    assert time.process_time() - start < 3e-5 * size


def test_a_quoted_line_broken_without_a_mark_is_no_answer() -> None:
    quoted = "> Your invoice INV-7 of 3 April over 500.00 EUR was due on the 3rd of May, which\nhas passed.\n> Regards"
    assert strip_quoted(f"{REPLY}\n\nOn 11/05/2026 10:00, AR Team wrote:\n{quoted}").reply == REPLY


def test_an_answer_right_below_a_long_quoted_line_is_kept() -> None:
    quoted = "> Your invoice INV-7 of 3 April over 500.00 EUR was due on the 3rd of May, which has passed."
    assert strip_quoted(f"{quoted}\npaid on 2 May\n> Regards").reply == "paid on 2 May"


JAPANESE_MARKS = [
    "----- 転送元 -----",
    "-------- 元のメール --------",
    "-- 以下は元のメッセージです --",
    "===== 以下、引用 =====",
    "【青葉商事様からのメール】",
    "差出人：青葉商事\n送信日時：2026年5月11日 9:00",
    "2026年5月11日(月) 18:40、青葉商事（担当：林）より：",
    "2026年5月11日(月) 9:00 青葉商事 売掛係:",
]


@pytest.mark.parametrize("mark", JAPANESE_MARKS)
def test_below_a_japanese_mark_all_is_history(mark: str) -> None:
    assert (
        strip_quoted(f"来月5日に払います。\n\n{mark}\n\n5月20日までにお願いします。").message == "来月5日に払います。"
    )


def test_wide_marks_quote_as_narrow_ones_do() -> None:
    assert strip_quoted("払います。\n\n＞ お支払いは\n＞ まだでしょうか。").message == "払います。"
