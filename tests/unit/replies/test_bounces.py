"""Mail that tells what became of a mail of ours: read for what it is, and nothing that a person wrote is."""

from __future__ import annotations

import base64
import random
from email.message import EmailMessage

import pytest

from outreach.replies.bounces import DeliveryReport, ReportKind, Told, read_report
from tests.unit.replies.reports import (
    AP,
    HUMAN,
    IN_WORDS,
    OURS,
    PUBLIC_ID,
    RFC_ID,
    STRUCTURED,
    TOKEN,
    Example,
    dsn,
    feedback,
    forwarded_report,
    notice,
    person,
)


def read(raw: bytes) -> DeliveryReport:
    found = read_report(raw)
    assert found is not None
    return found


def only(raw: bytes) -> Told:
    (told,) = read(raw).told
    return told


@pytest.mark.parametrize("example", [*STRUCTURED, *IN_WORDS], ids=lambda e: e.name)
def test_a_report_says_what_became_of_which_address(example: Example) -> None:
    told = only(example.raw)
    assert (told.address, str(told.kind)) == (AP, example.kind)
    assert example.status is None or told.status == example.status


@pytest.mark.parametrize("example", STRUCTURED, ids=lambda e: e.name)
def test_a_report_names_the_mail_that_it_returns_and_not_itself(example: Example) -> None:
    about = read(example.raw).about
    assert about.public_ids == (PUBLIC_ID,)
    assert about.rfc_ids == (RFC_ID,)
    assert about.tokens == (TOKEN,)


def test_old_notices_that_return_the_mail_as_text_name_it_too() -> None:
    assert all(read(e.raw).about.public_ids == (PUBLIC_ID,) for e in IN_WORDS)


def test_the_envelope_id_names_the_mail_where_nothing_is_returned() -> None:
    raw = dsn("x", fields=f"Original-Envelope-Id: {PUBLIC_ID}\n", returned="")
    assert read(raw).about.public_ids == (PUBLIC_ID,)


def test_the_thread_of_a_report_names_the_mail_where_nothing_is_returned() -> None:
    raw = notice(
        "<ap@kunde.example>: unknown user", sender="MAILER-DAEMON@mx.example", subject="failure notice", returned="",
        In_Reply_To=RFC_ID,
    )  # fmt: skip
    assert read(raw).about.rfc_ids == (RFC_ID,)


def test_the_address_that_we_wrote_to_counts_not_the_one_it_was_passed_on_to() -> None:
    raw = dsn("x", recipient="rfc822; old@elsewhere.example\nOriginal-Recipient: rfc822; Ap+2B1@Kunde.example")
    assert only(raw).address == "ap+1@kunde.example"


def test_a_report_about_two_recipients_tells_two_fates() -> None:
    second = f"rfc822; {AP}\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; boss@kunde.example"
    told = read(dsn("x", recipient=second)).told
    assert [(t.address, t.kind) for t in told] == [
        (AP, ReportKind.DELIVERED),
        ("boss@kunde.example", ReportKind.HARD),
    ]


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("abuse", "complaint"),
        ("fraud", "complaint"),
        ("virus", "complaint"),
        ("other", "complaint"),
        ("opt-out", "opt_out"),
        ("opt-out-list", "opt_out"),
        ("not-spam", "receipt"),
        ("auth-failure", "receipt"),
    ],
)
def test_what_a_feedback_report_means(kind: str, meant: str) -> None:
    report = read(feedback(kind))
    assert [(t.address, str(t.kind)) for t in report.told] == [(AP, meant)]
    assert report.about.public_ids == (PUBLIC_ID,)


def test_a_complaint_that_hides_who_complained_still_names_the_mail() -> None:
    report = read(feedback(fields="Removal-Recipient: redacted\nSource-IP: 192.0.2.1\n"))
    assert [(t.address, t.kind) for t in report.told] == [("", ReportKind.COMPLAINT)]
    assert report.about.public_ids == (PUBLIC_ID,)


def test_a_complaint_with_two_addresses_names_both() -> None:
    fields = f"Original-Rcpt-To: <{AP}>\nOriginal-Rcpt-To: <boss@kunde.example>\n"
    assert [t.address for t in read(feedback(fields=fields)).told] == [AP, "boss@kunde.example"]


def test_parts_that_were_encoded_against_the_rules_are_read() -> None:
    status = f"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; {AP}\nAction: failed\nStatus: 5.1.1\n"
    raw = "From: MAILER-DAEMON@mx\nContent-Type: multipart/report; boundary=B\n\n"
    for kind, text in (("delivery-status", status), ("rfc822", OURS)):
        code = base64.encodebytes(text.encode()).decode()
        raw += f"--B\nContent-Type: message/{kind}\nContent-Transfer-Encoding: base64\n\n{code}\n"
    report = read(f"{raw}--B--\n".encode())
    assert [(t.address, t.kind, t.status) for t in report.told] == [(AP, ReportKind.HARD, "5.1.1")]
    assert report.about.public_ids == (PUBLIC_ID,)


def receipt(disposition: str, words: str) -> bytes:
    return f"""\
From: ap@kunde.example
Subject: Read: Reminder
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="BOUND"

--BOUND
Content-Type: text/plain

{words}

--BOUND
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {AP}
Original-Message-ID: {RFC_ID}
Disposition: {disposition}

--BOUND--
""".encode()


def test_a_read_receipt_is_neither_an_answer_nor_a_failure() -> None:
    found = read(receipt("manual-action/MDN-sent-manually; displayed", "Your message was read on 9 March."))
    assert [t.kind for t in found.told] == [ReportKind.RECEIPT]
    assert found.about.rfc_ids == (RFC_ID,)


def test_a_mail_program_that_refuses_a_mail_is_a_failure() -> None:
    words = "Your message was automatically rejected: mailbox full"
    assert only(receipt("automatic-action/MDN-sent-automatically; deleted", words)).kind is ReportKind.SOFT


@pytest.mark.parametrize("name", HUMAN)
def test_what_a_person_wrote_is_no_report(name: str) -> None:
    assert read_report(HUMAN[name]) is None


def test_a_report_that_a_person_forwards_is_no_report() -> None:
    assert read_report(forwarded_report()) is None


def test_an_answer_that_quotes_our_own_words_is_no_report() -> None:
    quoted = "\n".join(f"> {line}" for line in OURS.splitlines())
    assert read_report(person(f"We will pay on Friday.\n\n{quoted}")) is None


def test_broken_reports_never_raise() -> None:
    drawn = random.Random(3)
    raws = [example.raw for example in [*STRUCTURED, *IN_WORDS]] + [feedback()]
    for _ in range(400):
        broken = bytearray(drawn.choice(raws))
        for _ in range(drawn.randint(1, 12)):
            place = drawn.randrange(len(broken))
            if drawn.random() < 0.5:
                broken[place] = drawn.randrange(256)
            else:
                del broken[place : place + drawn.randint(1, 80)]
        read_report(bytes(broken))


def test_mails_within_mails_without_end_are_no_report() -> None:
    assert read_report(b"Content-Type: message/rfc822\n\n" * 20_000) is None


def test_a_report_with_a_large_mail_behind_it_is_read_by_its_beginning() -> None:
    mail = EmailMessage()
    mail.set_content("x" * 3_000_000)
    assert only(dsn("x", returned=OURS + "x" * 3_000_000)).kind is ReportKind.HARD
