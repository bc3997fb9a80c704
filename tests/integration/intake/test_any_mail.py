"""Whatever a sender can send is kept, never crashes, and is read in time that grows with its length."""

# ruff: noqa: E501
from __future__ import annotations

import random
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.mail.charsets import decode_text
from exchange.mail.html_text import text_of_html
from exchange.mail.reading import read_mail
from outreach.replies.model import Reply, ReplyContext
from outreach.replies.understand import understand_reply
from storage.database import Database
from storage.tables import inbound_event, reply, task
from tests.fakes.ledgers import NOON, make_services, seed_ledger
from tests.integration.replies.helpers import rows
from workflows.read_inbound import read_inbound
from workflows.receive_reply import process_inbound, store_inbound

SECONDS = 5.0
"""Far above what any of these takes (the slowest: about one), far below what a square of its length would."""

SAYS = "Rechnung INV-1 überweisen wir am Freitag. 請求書は金曜日に支払います。"


def variants() -> Iterator[tuple[str, bytes]]:
    """More than three hundred mails: structures by encodings by charsets, and real-looking ones that were damaged."""
    for charset in (
        "utf-8",
        "shift_jis",
        "iso-2022-jp",
        "euc-jp",
        "gb18030",
        "windows-1252",
        "utf-7",
        "utf-16",
        "nonsense",
        "punycode",
    ):
        for encoding in ("7bit", "8bit", "base64", "quoted-printable", "x-unknown"):
            for kind in ("text/plain", "text/html", "text/plain; format=flowed"):
                head = f"From: a@b.example\r\nContent-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
                yield f"{charset} {encoding} {kind}", head.encode() + SAYS.encode("utf-8")
    plain = whole_mail()
    chance = random.Random(4)
    for number in range(160):
        raw = bytearray(plain)
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(len(raw))
            match chance.randrange(4):
                case 0:
                    raw[place] = chance.randrange(256)
                case 1:
                    del raw[place : place + chance.randrange(200)]
                case 2:
                    raw[place:place] = bytes(raw[chance.randrange(len(raw)) :][: chance.randrange(400)])
                case _:
                    raw[place:place] = chance.choice(
                        [b"\0", b"\r", b"\n", b"--b1\r\n", b"=?", b"\xff\xfe", b"<", b"\x1b$B"]
                    )
        yield f"damaged {number}", bytes(raw)


def whole_mail() -> bytes:
    """As a mail program writes it: words twice, an image, a file, a forwarded mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "Änn Payable <ap1@customer.example>", "reply+abcdef0123456789abcd@dunwell.example"
    mail["Subject"], mail["Message-ID"], mail["Date"] = (
        "Re: Zahlungserinnerung 請求書",
        "<1@x.example>",
        "Mon, 9 Mar 2026 10:00:00 +0100",
    )
    mail.set_content(SAYS)
    mail.add_alternative(
        f"<p>{SAYS}</p><table><tr><td>INV-1<td>100,00</table><blockquote>old</blockquote>", subtype="html"
    )
    mail.add_attachment(b"%PDF-1.7" * 50, maintype="application", subtype="pdf", filename="Überweisung.pdf")
    mail.add_attachment(EmailMessage())
    return mail.as_bytes()


def test_three_hundred_odd_mails_are_all_read_and_understood() -> None:
    mails = dict(variants())
    assert len(mails) >= 300
    began = time.process_time()
    for raw in mails.values():
        inbound = read_inbound("email", raw, NOON)
        reply_ = Reply(
            "email", inbound.text, NOON, "UTC", "de_DE", inbound.subject, inbound.sender_name, inbound.headers
        )
        understand_reply(reply_, ReplyContext())
    assert time.process_time() - began < 60


def test_each_is_kept_and_ends_as_a_reply_or_with_a_person(database: Database, tmp_path: Path) -> None:
    services = make_services(database, tmp_path)
    seed_ledger(services.database, 1)
    mails = dict(list(variants())[::12])
    for name, raw in mails.items():
        store_inbound(services, provider="test", event_id=name, kind="email", raw=raw)
    process_inbound(services, limit=1000)
    events = rows(services, inbound_event)
    # Two ways of writing the same mail are one; each other one is there, byte by byte, and ended as a reply.
    doubles = {e.id for e in events if "the same mail" in (e.error or "")}
    assert {e.event_id: bytes(e.raw) for e in events if e.id not in doubles} == {
        e.event_id: mails[e.event_id] for e in events if e.id not in doubles
    }
    assert {e.status for e in events} == {"done"}
    assert len(rows(services, reply)) == len(events) - len(doubles)
    broken = {e.id for e in events if e.error} - doubles
    asked = {t.key for t in rows(services, task)}
    assert broken
    assert {f"reply:{r.id}" for r in rows(services, reply) if r.inbound_event_id in broken} <= asked


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([
    b"\r\n", b"\n", b"--b\r\n", b"--b--\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n", b"From: a@b.cd\r\n",
    b"Content-Type: multipart/alternative; boundary=\"b\"\r\n", b"Content-Type: text/html\r\n", b"<p>hi", b"words ",
    b"Content-Transfer-Encoding: base64\r\n", b"SGFsbG8=", b"=E4=FC=\r\n", b"Content-Type: message/rfc822\r\n",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n", b"\x30\x80\x06\x09", b"\x1b$B", b"\x00",
    b"Subject: =?iso-2022-jp?B?GyRC?=\r\n", b"Content-Disposition: attachment; filename*=utf-8''%ff\r\n", b"&#x110000;",
]), max_size=40))  # fmt: skip
def test_no_structure_makes_reading_fail(pieces: list[bytes]) -> None:
    inbound = read_inbound("email", b"".join(pieces), NOON)
    assert "\0" not in inbound.text
    inbound.text.encode("utf-8")  # nothing in it that no database keeps


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["email", "sms"]))
def test_no_bytes_make_reading_fail(raw: bytes, kind: str) -> None:
    read_inbound(kind, raw, NOON)


N = 400_000
PAGE = b"From: a@b.example\nContent-Type: text/html\n\n"
WORST = {
    "openings": PAGE + b"<" * N,
    "tags that never end": PAGE + b"<a " * (N // 3),
    "quotation marks that never end": PAGE + b'<a "' * (N // 4),
    "comments that never end": PAGE + b"<!--" * (N // 4),
    "scripts that never end": PAGE + b"<script>" * (N // 8),
    "numbers of characters": PAGE + b"&#" + b"9" * N,
    "nested blocks": PAGE + b"<div>" * (N // 5),
    "nested rows": PAGE + b"<table><tr><td>x<td>" * (N // 20),
    "nested quotations": PAGE + b"<blockquote>" * (N // 20) + b"<br>" * (N // 20),
    "small tables": PAGE + b"<table><tr><td>a</td><td>b</td></tr></table>" * (N // 44),
    "nested parts": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(8000)),
    "many parts": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (N // 7),
    "ten thousand headers": b"".join(b"X-H%d: v\n" % i for i in range(10_000)) + b"From: a@b.example\n\nhi",
    "ten thousand recipients": b"From: a@b.example\nTo: " + b", ".join(b"N <a%d@b.example>" % i for i in range(10_000)) + b"\n\nhi",
    "a long sender": b"From: " + b"a" * N + b"\n\nhi",
    "a sender in brackets": b"From: " + b"(" * N + b"\n\nhi",
    "a subject of beginnings": b"Subject: " + b"=?" * N + b"\n\nhi",
    "a type of parameters": b"Content-Type: text/plain" + b';a="' * N + b"\n\nhi",
    "one long word": b"From: a@b.example\n\n" + b"a" * 5_000_000,
    "quoted lines": b"From: a@b.example\n\n" + b"> a\n" * (N // 4),
    "attributions": b"From: a@b.example\n\n" + b"On Monday, 9 March 2026 " * (N // 24),
    "signed beyond measure": b"From: a@b.example\nContent-Type: application/pkcs7-mime\n\n" + b"\x30\x80" * N,
}  # fmt: skip


@pytest.mark.parametrize("name", WORST)
def test_the_worst_is_read_in_seconds(name: str) -> None:
    began = time.process_time()
    read_inbound("email", WORST[name], NOON)
    assert time.process_time() - began < SECONDS


def test_a_mail_of_thirty_megabytes_is_read_without_being_decoded() -> None:
    raw = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwill pay on Friday\n--b\nContent-Type: application/pdf; name=x.pdf\nContent-Transfer-Encoding: base64\n\n"
        + (b"QUJD" * 19 + b"\n") * 390_000
        + b"--b--\n"
    )
    began = time.process_time()
    found = read_mail(raw)
    assert (found.text.strip(), found.attachments) == ("will pay on Friday", ("x.pdf",))
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("Shift_JIS", "cp932"), ("ISO-2022-JP", "iso2022_jp"), ("EUC-JP", "euc_jp"), ("x-sjis", "cp932"),
        ("us-ascii", "iso2022_jp"), ("us-ascii", "euc_jp"), ("us-ascii", "cp932"), ("", "utf-8"), ("unknown-8bit", "utf-8"),
        ("UTF-8", "utf-8-sig"), ("us-ascii", "utf-8"), ("utf-16", "utf-16"), ("iso-8859-1", "utf-8-sig"),
    ],
)  # fmt: skip
def test_japanese_is_read_in_whatever_it_was_written(declared: str, codec: str) -> None:
    words = "請求書番号INV-1は来週の金曜日にお支払いいたします。"
    assert decode_text(words.encode(codec), declared) == (words, None)


@pytest.mark.parametrize(
    ("declared", "codec", "words"),
    [
        ("us-ascii", "cp1252", "Wir zahlen 1.200,00 € – sicher, Grüße"), ("iso-8859-1", "cp1252", "am 5. März – 12 €"),
        ("utf-8", "cp1252", "Nous paierons dès réception"), ("gb2312", "gb18030", "我们会付款€"),
        ("utf-7", "utf-7", "Zahlung am 5. März"), ("ks_c_5601-1987", "cp949", "감사합니다"),
    ],
)  # fmt: skip
def test_what_is_mislabelled_is_read_as_it_was_meant(declared: str, codec: str, words: str) -> None:
    assert decode_text(words.encode(codec), declared) == (words, None)


def test_what_no_character_set_fits_is_said() -> None:
    text, problem = decode_text(b"zahlen \x81\x8d\x00 morgen", "utf-8")
    assert "zahlen" in text
    assert problem == "some characters can't be read (declared as utf-8)"


def test_marks_that_nobody_sees_are_left_out() -> None:
    assert decode_text("INV\u200b-\u202e1\u202c\ufeff 5\u00ad0\x00".encode(), "utf-8") == ("INV-1 50", None)


def of(head: str, body: bytes | str) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    return f"From: a@b.example\r\n{head}\r\n\r\n".encode() + raw


def test_soft_breaks_are_joined_and_quotations_kept_apart() -> None:
    raw = of(
        "Content-Type: text/plain; format=flowed",
        "We will pay INV-1 \r\non Friday.\r\n> old \r\n> words\r\n-- \r\nAnn\r\n",
    )
    assert read_mail(raw).text.strip() == "We will pay INV-1 on Friday.\n> old words\n-- \nAnn"
    raw = of("Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes", "金曜日 \r\nに支払います")
    assert read_mail(raw).text == "金曜日に支払います"


def test_base64_that_is_none_is_read_as_it_stands_and_said() -> None:
    found = read_mail(of("Content-Transfer-Encoding: base64", "We will pay, on Friday (really)! Yes: 100 %."))
    assert found.text.startswith("We will pay")
    assert found.problems == ("its text isn't encoded as it says",)
    assert read_mail(of("Content-Transfer-Encoding: base64", "SGFsbG8!")).text == "Hallo"


def part(head: str, body: str) -> str:
    return f"--b\r\n{head}\r\n\r\n{body}\r\n"


def parts(kind: str, *written: str) -> bytes:
    return of(f"Content-Type: multipart/{kind}; boundary=b", "".join(written) + "--b--\r\n")


def test_a_text_below_a_file_is_read_too() -> None:
    raw = parts(
        "mixed",
        part("Content-Type: text/plain", "see"),
        part("Content-Type: image/png; name=a.png", "x"),
        part("", "INV-1"),
    )
    assert (read_mail(raw).text.split(), read_mail(raw).attachments) == (["see", "INV-1"], ("a.png",))


def test_an_empty_plain_part_gives_way_to_the_page() -> None:
    raw = parts("alternative", part("Content-Type: text/plain", " "), part("Content-Type: text/html", "<b>Friday</b>"))
    assert read_mail(raw).text == "Friday"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (parts("mixed", part("Content-Type: application/pdf; name=Avis.pdf", "x")), "what it says is in Avis.pdf"),
        (parts("mixed", part("Content-Type: text/calendar", "BEGIN:VCALENDAR")), "a calendar entry"),
        (parts("mixed", part("Content-Type: application/ms-tnef; name=winmail.dat", "x")), "winmail.dat (Outlook's own"),
        (parts("encrypted", part("Content-Type: application/pgp-encrypted", "x")), "encrypted (PGP)"),
        (of("", "-----BEGIN PGP MESSAGE-----\r\n\r\nabc"), "encrypted (PGP)"),
        (of("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", "MIAGCSqGSIb3DQEHA6CA"), "encrypted (S/MIME)"),
        (of("Content-Type: multipart/mixed", "words"), "its parts can't be told apart"),
        (b"Subject: x\r\n\r\nwords", "no sender address"),
        (b"From: a@b.example\r\nFrom: c@d.example\r\n\r\nwords", "more than one sender"),
        (b"From: a@b.example, c@d.example\r\n\r\nwords", "more than one sender"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_words(raw: bytes, told: str) -> None:
    assert told in (read_inbound("email", raw, NOON).problem or "")


def test_a_readable_mail_with_outlooks_own_file_is_read() -> None:
    raw = parts(
        "mixed", part("", "We pay on Friday."), part("Content-Type: application/ms-tnef; name=winmail.dat", "x")
    )
    found = read_mail(raw)
    assert (found.text.strip(), found.problems) == ("We pay on Friday.", ())
    assert found.attachments == ("winmail.dat (Outlook's own form: can't be read)",)


def test_a_signed_mail_is_read_without_its_armour() -> None:
    raw = of(
        "",
        "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nWe pay.\r\n- -- \r\nAnn\r\n-----BEGIN PGP SIGNATURE-----\r\nabc",
    )
    assert read_mail(raw).text.strip() == "We pay.\n-- \nAnn"
    raw = parts("signed", part("", "We pay."), part("Content-Type: application/pgp-signature; name=s.asc", "x"))
    assert (read_mail(raw).text.strip(), read_mail(raw).attachments) == ("We pay.", ())


@pytest.mark.parametrize("streamed", [False, True])
def test_what_stands_within_a_signature_is_read(streamed: bool) -> None:
    import base64
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs7
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ann")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    certificate = (
        made.serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(9999))
        .sign(key, hashes.SHA256())
    )
    inner = b"Content-Type: text/plain; charset=utf-8\r\n\r\nINV-1 am Freitag: gr\xc3\xbcn"
    signed = pkcs7.PKCS7SignatureBuilder().set_data(inner).add_signer(certificate, key, hashes.SHA256())
    der = signed.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    if streamed:  # as OpenSSL writes it: lengths not told, the text in pieces
        cut = len(inner) // 2
        pieces = b"".join(b"\x04" + bytes([len(p)]) + p for p in (inner[:cut], inner[cut:]))
        octets = b"\x24\x80" + pieces + b"\0\0"
        said = b"\x30\x80" + bytes.fromhex("06092a864886f70d010701") + b"\xa0\x80" + octets + b"\0\0\0\0"
        der = (
            b"\x30\x80"
            + bytes.fromhex("06092a864886f70d010702")
            + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
            + said
            + b"\0\0" * 3
        )
    head = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64"
    found = read_mail(of(head, base64.encodebytes(der)))
    assert (found.text, found.problems) == ("INV-1 am Freitag: grün", ())


def test_a_page_reads_as_it_looks() -> None:
    page = """<html><head><title>x</title><style>p {}</style></head><body><!--[if mso]>no<![endif]-->
    <div style="display:none">preheader</div><p>Hello,<br>we pay:</p>
    <table><tr><th>Invoice</th><th>Amount</th></tr><tr><td><p>INV-1</p></td><td><p>1.200,00&nbsp;&euro;</p></td></tr></table>
    <ul><li>on Friday<li>by transfer</ul><a title="a>b">link</a> 3 < 4
    <blockquote type=cite>old<blockquote>older</blockquote></blockquote></body></html>"""
    assert text_of_html(page).split("\n") == [
        "Hello,", "we pay:", "", "Invoice  Amount", "INV-1  1.200,00 €", "", "- on Friday", "- by transfer", "",
        "link 3 < 4", ">", "> old", "> >", "> > older",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "history",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, 9 Mar 2026 at 10:00, AR &lt;ar@us.example&gt; wrote:<br></div><blockquote class="gmail_quote">Pay STOP</blockquote></div>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Od:</b> AR<br><b>Wys&lstrok;ane:</b> x</div><div>Pay STOP</div>',
        '<div class="yahoo_quoted"><div>Pe luni AR a scris:</div><div>Pay STOP</div></div>',
        '<div class="moz-cite-prefix">Pe 9.3. AR a scris:</div><blockquote type="cite">Pay STOP</blockquote>',
        '<div class="protonmail_quote">Pay <div>STOP</div></div>',
    ],
)  # fmt: skip
def test_what_a_page_quotes_is_no_part_of_the_answer(history: str) -> None:
    from outreach.replies.quoting import strip_quoted

    found = strip_quoted(text_of_html(f"<div>We pay on Friday.</div>{history}"))
    assert found.reply == "We pay on Friday."


def test_an_answer_between_quotations_stays() -> None:
    from outreach.replies.quoting import strip_quoted

    page = '<div class="gmail_quote"><blockquote>INV-1?</blockquote><div>paid</div><blockquote>INV-2?</blockquote><div>Friday</div></div>'
    found = strip_quoted(text_of_html(page))
    assert [(p.quoted.strip(), p.answer) for p in found.interleaved] == [("INV-1?", "paid"), ("INV-2?", "Friday")]
