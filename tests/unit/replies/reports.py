"""Returned mail of our own invention, in the manner of the servers that customers run; every address is invented."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

PUBLIC_ID = "0190c3a0-0000-7000-8000-00000000abcd"
RFC_ID = "<0190c3a0-0000-7000-8000-00000000abcd@dunwell.example>"
TOKEN = "abcdef0123456789abcd"
AP = "ap@kunde.example"

OURS = f"""\
From: Emerald Supplies <ar@emerald.example>
To: {AP}
Reply-To: reply+{TOKEN}@dunwell.example
Subject: Reminder: invoice INV-1
Message-ID: {RFC_ID}
X-Dunwell-Message: {PUBLIC_ID}
Date: Mon, 09 Mar 2026 12:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Invoice INV-1 of EUR 123.45 was due on 2 March.
"""
"""What we had sent, as a server gives it back."""


def dsn(
    words: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 no such user",
    recipient: str = f"rfc822; {AP}",
    sender: str = "MAILER-DAEMON@mx.kunde.example (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    returned: str = OURS,
    fields: str = "",
    charset: str = "utf-8",
    report: str = "message/delivery-status",
    returned_as: str = "message/rfc822",
) -> bytes:
    """A report by RFC 3464."""
    given = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    head = EmailMessage(policy=SMTP)
    head["From"], head["To"], head["Subject"] = sender, "ar@emerald.example", subject
    # The report's own id must not be taken for the id of what it returns.
    head["Message-ID"], head["Auto-Submitted"] = "<report-1@mx.kunde.example>", "auto-replied"
    body = f"""\
Return-Path: <>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="BOUND"

--BOUND
Content-Type: text/plain; charset={charset}
Content-Transfer-Encoding: 8bit

{words}

--BOUND
Content-Type: {report}

Reporting-MTA: dns; mx.kunde.example
{fields}
Final-Recipient: {recipient}
Action: {action}
Status: {status}
{given}
--BOUND
Content-Type: {returned_as}

{returned}
--BOUND--
"""
    return head.as_bytes().rstrip(b"\r\n") + b"\r\n" + body.encode(charset, "replace")


def notice(
    words: str, *, sender: str, subject: str, charset: str = "utf-8", returned: str = OURS, **more: str
) -> bytes:
    """An old server's report: a text, with what was sent below it."""
    head = EmailMessage(policy=SMTP)
    head["From"], head["To"], head["Subject"] = sender, "ar@emerald.example", subject
    head["Message-ID"] = "<report-1@mx.kunde.example>"
    for name, value in more.items():
        head[name.replace("_", "-")] = value
    head["MIME-Version"], head["Content-Transfer-Encoding"] = "1.0", "8bit"
    head["Content-Type"] = f"text/plain; charset={charset}"
    text = textwrap.dedent(words) + ("\n" + returned if returned else "")
    return head.as_bytes().rstrip(b"\r\n") + b"\r\n\r\n" + text.encode(charset, "replace")


def feedback(kind: str = "abuse", *, fields: str = f"Original-Rcpt-To: <{AP}>\n", returned: str = OURS) -> bytes:
    """A complaint by RFC 5965."""
    return f"""\
From: <staff@fbl.provider.example>
To: abuse@emerald.example
Subject: complaint about message from 192.0.2.1
Message-ID: <fbl-1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="BOUND"

--BOUND
Content-Type: text/plain; charset=us-ascii

This is an email abuse report for an email message received from 192.0.2.1.

--BOUND
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <ar@emerald.example>
{fields}
--BOUND
Content-Type: message/rfc822

{returned}
--BOUND--
""".encode()


def person(
    text: str, *, subject: str = "Re: Reminder", sender: str = "Ann Payable <ap@kunde.example>", **more: str
) -> bytes:
    """What somebody wrote."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, "reply+abcdef0123456789abcd@dunwell.example", subject
    for name, value in more.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


@dataclass(frozen=True)
class Example:
    """A report, and what it should be read as."""

    name: str
    raw: bytes
    kind: str
    status: str | None = None


COPY = "------ This is a copy of the message, including all the headers. ------\n"


def _told(name: str, kind: str, status: str, diagnostic: str = "", words: str = "x", **more: str) -> Example:
    return Example(name, dsn(words, status=status, diagnostic=diagnostic, **more), kind, status)


def _coded(name: str, kind: str, field: str, diagnostic: str, status: str) -> Example:
    """One whose field says less than its words."""
    return Example(name, dsn("x", status=field, diagnostic=diagnostic), kind, status)


_HEADERS = OURS.split("\n\n")[0] + "\n"
_GMAIL = "Your message wasn't delivered to ap@kunde.example because the address couldn't be found."
_JAPANESE = "以下の宛先へのメッセージは配信できませんでした。\n宛先: ap@kunde.example"

STRUCTURED = [
    _told("Postfix, no such user", "hard", "5.1.1", "smtp; 550 5.1.1 <ap@kunde.example>: User unknown"),
    _coded("Postfix, code in the words", "hard", "5.0.0", "smtp; 550 5.1.1 Recipient address rejected", "5.1.1"),
    _told("Postfix, no such domain", "hard", "5.4.4", "X-Postfix; Host or domain name not found"),
    _told("Postfix, mailbox full", "soft", "5.2.2", "smtp; 552 5.2.2 The email account is over quota"),
    _told("Postfix, given up after five days", "soft", "4.4.1", "X-Postfix; Connection timed out"),
    _told("Postfix, taken for spam", "soft", "5.7.1", "smtp; 550 5.7.1 Message blocked: spam"),
    _told("Postfix, too large", "soft", "5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit"),
    _told("Postfix, a bare code", "hard", "5.0.0", "smtp; 550 Unknown recipient"),
    _told("Postfix, still trying", "delayed", "4.4.1", action="delayed", subject="Delayed Mail (still being retried)"),
    _told("Postfix, delivered as asked", "delivered", "2.0.0", action="delivered", subject="Successful Mail Delivery"),
    _told("Exim, passed to a server without DSN", "relayed", "2.0.0", "smtp; 250 OK", action="relayed"),
    _told("Sendmail, expanded", "relayed", "2.0.0", action="expanded"),
    _told("OpenSMTPD, action: error", "hard", "5.0.0", action="error"),
    _told("an action with a comment", "hard", "5.1.1", action="failed (Bad destination mailbox address)"),
    _told("Exchange, German", "hard", "5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound",
          "Die E-Mail-Adresse konnte nicht gefunden werden.", subject="Unzustellbar: Reminder: invoice INV-1"),
    _told("Exchange, unknown in its directory", "hard", "5.4.1",
          "smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    _told("a host that doesn't answer", "soft", "5.4.1", "smtp; 550 5.4.1 no answer from host"),
    _told("Exchange, French, full", "soft", "5.2.2", words="La boîte du destinataire est pleine.",
          subject="Non remis : Reminder"),
    _told("Exchange, Spanish, disabled", "hard", "5.2.1", words="El buzón está deshabilitado",
          subject="No se puede entregar: Reminder"),
    _told("Exchange, the sender's fault", "soft", "5.1.8", "smtp;550 5.1.8 Access denied, bad outbound sender"),
    _told("Gmail, no such account", "hard", "5.1.1", "smtp; 550-5.1.1 The email account does not exist.", _GMAIL,
          sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>"),
    _told("Japanese, in its own character set", "hard", "5.1.1", "", _JAPANESE, charset="iso-2022-jp",
          subject="配信不能: Reminder", sender="Mail Administrator <Postmaster@mail.kunde.example>"),
    _told("internationalised report", "hard", "5.1.1", report="message/global-delivery-status",
          recipient="utf-8; ap@kunde.example"),
    _told("headers only returned", "hard", "5.1.1", returned=_HEADERS, returned_as="text/rfc822-headers"),
    _told("headers returned, internationalised", "hard", "5.1.1", returned=_HEADERS,
          returned_as="message/global-headers"),
]  # fmt: skip

IN_WORDS = [
    Example("qmail", notice("""\
        Hi. This is the qmail-send program at mx.kunde.example.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <ap@kunde.example>:
        192.0.2.7 does not like recipient.
        Remote host said: 550 5.1.1 <ap@kunde.example>: Recipient address rejected: User unknown

        --- Below this line is a copy of the message.
        """, sender="MAILER-DAEMON@mx.kunde.example", subject="failure notice"), "hard", "5.1.1"),
    Example("Exim", notice("""\
        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          ap@kunde.example
            host mx.kunde.example [192.0.2.7]
            SMTP error from remote mail server after RCPT TO:<ap@kunde.example>:
            550 No such user here

        """ + COPY, sender="Mail Delivery System <Mailer-Daemon@mx.kunde.example>",
        subject="Mail delivery failed: returning message to sender", X_Failed_Recipients=AP), "hard"),
    Example("Exim, waiting", notice("""\
        This message was created automatically by mail delivery software.
        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on mx.kunde.example.

        The address to which the message has not yet been delivered is:

          ap@kunde.example

        No action is required on your part. Delivery attempts will continue for
        some time.
        """, sender="Mail Delivery System <Mailer-Daemon@mx.kunde.example>",
        subject="Warning: message 1abc delayed 24 hours"), "delayed"),
    Example("a German freemailer", notice("""\
        Diese E-Mail wurde vom Mailsystem des Anbieters automatisch erzeugt.

        Ihre E-Mail konnte nicht an folgende Empfänger zugestellt werden:

        ap@kunde.example
        SMTP-Fehler: 550 Das angegebene Postfach existiert nicht

        --- Kopie der Kopfzeilen Ihrer Nachricht ---
        """, sender="Mail Delivery System <mailer-daemon@frei.example>", subject="Zustellung fehlgeschlagen"), "hard"),
    Example("a German server, full", notice("""\
        Ihre Nachricht an ap@kunde.example konnte nicht zugestellt werden.
        Grund: Das Postfach des Empfängers ist voll (Kontingent überschritten).
        """, sender="Postmaster <postmaster@kunde.example>", subject="Unzustellbarkeitsbericht"), "soft"),
    Example("a French provider", notice("""\
        Bonjour,

        Votre message n'a pas pu être remis à son destinataire :

            ap@kunde.example : utilisateur inconnu (550 5.1.1)

        Ceci est un message automatique, merci de ne pas y répondre.

        ----- Copie du message -----
        """, sender="MAILER-DAEMON@fournisseur.example", subject="Échec de la remise du message"), "hard", "5.1.1"),
    Example("a French provider, waiting", notice("""\
        Votre message pour ap@kunde.example n'a pas encore été remis.
        De nouvelles tentatives auront lieu pendant 4 jours.
        """, sender="postmaster@fournisseur.example", subject="Remise différée"), "delayed"),
    Example("a Spanish operator", notice("""\
        Su mensaje no ha podido ser entregado a los siguientes destinatarios:

           <ap@kunde.example>: Usuario desconocido

        No conteste a este mensaje, ha sido generado automáticamente.
        """, sender="Postmaster <postmaster@operadora.example>", subject="Correo no entregado"), "hard"),
    Example("a Spanish operator, full", notice("""\
        El mensaje no se pudo entregar a ap@kunde.example: el buzón del destinatario está lleno.
        """, sender="Administrador del correo <postmaster@operadora.example>", subject="Aviso de no entrega"), "soft"),
    Example("a Japanese mobile carrier", notice("""\
        This Message was undeliverable due to the following reason:

        Each of the following recipients was rejected by a remote mail server.
        The reasons given by the server are included to help you determine why
        each recipient was rejected.

            Recipient: <ap@kunde.example>
            Reason:    <ap@kunde.example>... User Unknown
        """, sender="Mail Administrator <Postmaster@m.example>", subject="Mail System Error - Returned Mail"), "hard"),
    Example("a Japanese mobile carrier, in Japanese", notice("""\
        次のあて先へのメッセージはエラーのため送信できませんでした。

        送信先メールアドレスが見つかりませんでした。
        <ap@kunde.example>
        550 Unknown user ap@kunde.example
        """, sender="mail-daemon@mobile.example", subject="エラーメール", charset="iso-2022-jp"), "hard"),
    Example("a Japanese server, full", notice("""\
        ap@kunde.example 宛のメールは、受信者のメールボックスの容量がいっぱいのため、配信できませんでした。
        """, sender="postmaster@kunde.example", subject="配信エラーのお知らせ", charset="iso-2022-jp"), "soft"),
    Example("a Japanese server, waiting", notice("""\
        ap@kunde.example 宛のメールの配送が遅延しています。再送信を試みます。
        """, sender="postmaster@kunde.example", subject="配信の遅延"), "delayed"),
    Example("a filter that rejects", notice("""\
        Your message to <ap@kunde.example> was automatically rejected:
        Quota exceeded
        """, sender="Mail Delivery Subsystem <postmaster@kunde.example>", subject="Automatically rejected mail",
        Auto_Submitted="auto-replied (rejected)"), "soft"),
]  # fmt: skip

HUMAN = {
    "goods that weren't delivered": person(
        "The delivery failed: the goods for INV-1 could not be delivered to our warehouse.", subject="Delivery failed"
    ),
    "a delivery problem": person("Your goods were not delivered. We dispute INV-1.", subject="Delivery problem INV-1"),
    "Lieferung": person(
        "Die Ware wurde nicht zugestellt, Rechnung INV-1 bezahlen wir nicht.", subject="Zustellung fehlgeschlagen"
    ),
    "livraison": person("La marchandise n'a pas été livrée.", subject="Échec de livraison commande 12"),
    "entrega": person("El pedido no se ha entregado.", subject="Error en la entrega del pedido 12"),
    "配達": person("商品がまだ配達されていません。請求書INV-1は支払えません。", subject="配達できませんでした"),
    "a carrier by that name": person(
        "The parcel was not delivered; delivery to ap@kunde.example failed.",
        sender="Rapid Delivery Service <ap@rapid.example>",
        subject="Invoice INV-1",
    ),
    "one who writes about a bounce": person(
        "Your mail to Ben came back: 'could not be delivered to the following recipients: ben@kunde.example'. He left.",
        subject="Re: Undeliverable: Reminder",
    ),
    "one who writes from the postmaster's mailbox": person(
        "The goods were not delivered. Please send a credit note.",
        sender="IT <postmaster@kunde.example>",
        subject="Re: Reminder",
    ),
    "out of office": person(
        "I am away; mail is not delivered to anybody else.",
        subject="Automatic reply: Reminder",
        Auto_Submitted="auto-replied",
        Return_Path="<>",
    ),
}
"""Mail that no server's report is, however much it talks of delivery."""


def forwarded_report() -> bytes:
    """A person who sends on, as an attachment, the report that came back to them."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "ap@kunde.example", "ar@emerald.example", "This came back to me"
    made.set_content("Please see the attached, my colleague has left.")
    made.add_attachment(message_from_bytes(dsn("could not be delivered"), policy=SMTP))
    return made.as_bytes()
