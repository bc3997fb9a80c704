"""SendGrid's Inbound Parse, taken apart or raw: what was posted is a mail again, whatever was posted."""

# ruff: noqa: E501
from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.ledgers import NOON
from web.inbound_mail import Attached, mail_bytes
from workflows.read_inbound import Inbound, read_inbound

HEADERS = (
    b"Received: by mx.example\nFrom: =?utf-8?q?=C3=84nn?= <ap1@customer.example>\nTo: reply+abcdef0123@dunwell.example\n"
    b"Message-ID: <1@customer.example>\nReferences: <a@x.example>\n <b@x.example>\nContent-Type: text/plain; charset=x\n"
)


def posted(*files: Attached, headers: bytes = HEADERS, **fields: bytes) -> Inbound:
    return read_inbound("email", mail_bytes({"headers": headers, **fields}, files), NOON)


@pytest.mark.parametrize(
    ("charset", "words"),
    [("shift_jis", "支払済"), ("iso-2022-jp", "支払済"), ("windows-1252", "Grüße – 5 €"), ("UTF-8", "Grüße"),
     ("gb2312", "付款")],
)  # fmt: skip
def test_fields_are_read_in_the_character_sets_that_the_form_gives(charset: str, words: str) -> None:
    for name in ("text", "html"):
        fields = {name: words.encode(charset), "charsets": json.dumps({name: charset, "subject": "UTF-8"}).encode()}
        assert posted(**fields).text.strip() == words


@pytest.mark.parametrize(
    "charsets", [b"", b"[", b"[]", b'{"text": null}', b'{"text": "nonsense"}', b'{"text": "zlib"}']
)
def test_a_form_that_gives_none_is_read_by_its_bytes(charsets: bytes) -> None:
    assert posted(text="Grüße".encode(), charsets=charsets).text.strip() == "Grüße"


def test_sender_thread_and_token_come_from_the_header_as_it_was() -> None:
    found = posted(text=b"hi")
    assert (found.sender, found.sender_name, found.token) == ("ap1@customer.example", "Änn", "abcdef0123")
    assert (found.rfc_id, found.thread) == ("<1@customer.example>", ("<b@x.example>", "<a@x.example>"))


def test_a_form_without_a_header_has_its_fields() -> None:
    fields = {"from": b"Ann <a@b.example>", "subject": b"Zahlung\r\nX: y", "text": b"hi"}
    found = posted(headers=b"", **fields)
    assert (found.sender, found.subject, found.text.strip()) == ("a@b.example", "Zahlung X: y", "hi")
    assert posted(headers=b"", text=b"hi").problem == "no sender address"


def test_files_keep_their_names_kinds_and_bytes() -> None:
    raw = mail_bytes({"text": b"hi", "html": b"<p>hi"}, [
        Attached("Überweisung \r\n1.pdf", "application/pdf; name=x", b"%PDF\0"), Attached("a.txt", "text/plain", b"x"),
        Attached("b", "no kind", b"y"), Attached("c", "multipart/mixed", b"z"), Attached("", "", b""),
    ])  # fmt: skip
    files = list(message_from_bytes(raw, policy=default).iter_attachments())
    assert [part.get_content_type() for part in files] == [
        "application/pdf", "text/plain", "application/octet-stream", "application/octet-stream",
        "application/octet-stream",
    ]  # fmt: skip
    assert files[0].get_content() == b"%PDF\0"
    found = read_inbound("email", raw, NOON)
    assert found.attachments[:2] == ("Überweisung 1.pdf", "a.txt")


def test_an_answer_in_a_file_alone_goes_to_a_person() -> None:
    found = posted(Attached("Avis.pdf", "application/pdf", b"%PDF"))
    assert found.problem == "it has no text of its own; what it says is in Avis.pdf"


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["headers", "text", "html", "from", "to", "subject", "charsets", "envelope"]),
        st.binary(max_size=80),
    ),
    st.lists(st.builds(Attached, st.text(max_size=10), st.text(max_size=20), st.binary(max_size=30)), max_size=3),
)
def test_nothing_that_is_posted_is_refused(fields: dict[str, bytes], files: list[Attached]) -> None:
    read_inbound("email", mail_bytes(fields, files), NOON)
