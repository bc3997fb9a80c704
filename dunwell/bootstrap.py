"""The composition root: settings → the services that every workflow works with."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from domain.errors import BadInput
from domain.pacing import read_daily_caps, read_rates
from domain.parties import Channel
from dunwell import clock
from dunwell.logs import configure_logging as configure_logging
from dunwell.settings import Settings
from outreach.cadence.loading import load_policies
from outreach.cadence.policy import PolicyBook
from outreach.channels.base import ChannelAdapter
from outreach.channels.lookups import SuppressionLists
from outreach.channels.mailboxes import read_mailboxes
from outreach.channels.outbox import OutboxChannel
from outreach.channels.sms_senders import read_sms_senders
from outreach.compose.senders import Senders, read_mail_domains, read_mail_senders
from outreach.compose.template_set import load_templates
from storage.database import Database
from workflows.services import Limits, Services

AUDIT_KEY_FILE = "audit.key"
PROVIDERS = ("outbox", "smtp", "sendgrid", "twilio")
L = TypeVar("L", bound=Iterable[Any])


def build_services(settings: Settings, *, now: Callable[[], datetime] = clock.utc_now) -> Services:
    """Everything, from settings. Opens no connection yet. Raises BadInput or NotReady for what is set wrongly.

    `now` is the clock's unless a dated run or a test gives another.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    policies = load_policies(settings.policies_dir)
    spares = build_spares(settings)
    _must_have_spares(policies, {settings.email_channel, *spares})
    return Services(
        database=Database(settings.url),
        now=now,
        policies=policies,
        templates=load_templates(settings.templates_dir),
        channels=build_channels(settings),
        spares=spares,
        rates=_of_known("DUNWELL_RATES", read_rates(settings.rates), lambda limit: limit.provider),
        daily_caps=_of_known("DUNWELL_DAILY_CAPS", read_daily_caps(settings.daily_caps), str),
        audit_key=audit_key(settings),
        data_dir=settings.data_dir,
        senders=build_senders(settings),
        sender_email=settings.sender_email,
        sms_sender=settings.twilio_from,
        public_url=settings.public_url,
        suppressions=_suppressions(settings, {settings.email_channel, *spares}),
        mailboxes=read_mailboxes(settings.imap_mailboxes, settings.imap_passwords.get_secret_value()),
        trusted_servers=frozenset(name for name in settings.mail_authserv.lower().replace(",", " ").split()),
        adviser=_adviser(settings),
        limits=Limits(
            lease_seconds=settings.lease_seconds,
            wires=settings.wires,
            run_hour=settings.run_hour,
            golive_runs=settings.golive_runs,
            volume_factor=settings.volume_factor,
            letter_years=settings.letter_years,
            poll_minutes=settings.poll_minutes,
            mailbox_seconds=settings.imap_seconds,
        ),
    )


def build_senders(settings: Settings) -> Senders:
    """Whom mails are from. Raises BadInput for a setting of another form."""
    return Senders(
        domain=settings.mail_domain,
        mail=read_mail_senders(settings.mail_senders),
        domains=read_mail_domains(settings.mail_domains),
        unsubscribe=settings.list_unsubscribe,
    )


def build_channels(settings: Settings) -> dict[Channel, ChannelAdapter]:
    """The adapter of each channel. A vendor's client is imported at its first use, not here."""
    return {
        Channel.EMAIL: _email(settings),
        Channel.SMS: _sms(settings),
        # A letter is a page for a person to print and post, whatever the other channels are.
        Channel.LETTER: OutboxChannel(settings.outbox_dir, Channel.LETTER),
    }


def _of_known(name: str, limits: L, provider_of: Callable[[Any], str]) -> L:
    """The limits, unless one is of a provider that doesn't exist: misspelt, it would limit nothing."""
    for limit in limits:
        if provider_of(limit) not in PROVIDERS:
            raise BadInput(f"{name}: {provider_of(limit)!r} is no provider; there are {', '.join(PROVIDERS)}")
    return limits


def build_spares(settings: Settings) -> dict[str, ChannelAdapter]:
    """Mail providers beside the channel's own, by name. Raises BadInput for a name that is none."""
    names = [name.strip() for name in settings.spare_channels.split(",") if name.strip()]
    for name in names:
        if name not in ("smtp", "sendgrid"):
            raise BadInput(f"DUNWELL_SPARE_CHANNELS: {name!r} is no provider of mail; there are smtp and sendgrid")
    return {name: _email(settings.model_copy(update={"email_channel": name})) for name in names}


def _must_have_spares(policies: PolicyBook, set_up: Collection[str]) -> None:
    for policy in policies.policies:
        for name in policy.failover.values():
            if name not in set_up:
                raise BadInput(
                    f"policy {policy.code} fails over to {name}, which isn't set up: add it to DUNWELL_SPARE_CHANNELS"
                )


def _email(settings: Settings) -> ChannelAdapter:
    if settings.email_channel == "smtp":
        from outreach.channels.smtp import SmtpChannel, SmtpServer

        return SmtpChannel(
            SmtpServer(
                settings.smtp_host,
                settings.smtp_port,
                settings.smtp_tls,
                settings.smtp_user,
                settings.smtp_password.get_secret_value(),
                timeout=wire_timeout(settings),
                bounces_to=settings.smtp_bounces_to,
            )
        )
    if settings.email_channel == "sendgrid":
        from outreach.channels.sendgrid import SendGridChannel

        key = _needed("DUNWELL_SENDGRID_KEY", settings.sendgrid_key.get_secret_value(), "email_channel=sendgrid")
        return SendGridChannel(
            key, host=settings.sendgrid_host, timeout=wire_timeout(settings), tracking=settings.tracking
        )
    return OutboxChannel(settings.outbox_dir, Channel.EMAIL)


def _sms(settings: Settings) -> ChannelAdapter:
    if settings.sms_channel == "twilio":
        from outreach.channels.twilio import TwilioChannel

        senders = read_sms_senders(settings.twilio_senders)
        if not senders:
            _needed("DUNWELL_TWILIO_FROM", settings.twilio_from, "sms_channel=twilio")
        return TwilioChannel(
            _needed("DUNWELL_TWILIO_ACCOUNT", settings.twilio_account, "sms_channel=twilio"),
            _needed("DUNWELL_TWILIO_TOKEN", settings.twilio_token.get_secret_value(), "sms_channel=twilio"),
            senders=senders,
            public_url=settings.public_url,
            base_url=settings.twilio_base_url or None,
            timeout=wire_timeout(settings),
        )
    return OutboxChannel(settings.outbox_dir, Channel.SMS)


def _suppressions(settings: Settings, used: Collection[str]) -> tuple[SuppressionLists, ...]:
    """The suppression lists of the providers that messages go by."""
    if "sendgrid" not in used:
        return ()
    from outreach.channels.sendgrid_lists import SendGridLists

    key = settings.sendgrid_key.get_secret_value()
    return (SendGridLists(key, host=settings.sendgrid_host, timeout=wire_timeout(settings)),)


def _adviser(settings: Settings) -> Callable[[list[dict[str, str]]], str] | None:
    """The language model that may be asked about unclear replies; none unless one is set up."""
    if not settings.adviser_url:
        return None
    from outreach.advisers.openai_compatible import ChatAdviser

    return ChatAdviser(settings.adviser_url, settings.adviser_model, key=settings.adviser_key.get_secret_value())


def wire_timeout(settings: Settings) -> float:
    """Seconds that one step of a hand-over may take: well within the lease, which turns `sending` into `unknown`."""
    return min(30.0, settings.lease_seconds / 4)


def _needed(name: str, value: str, because: str) -> str:
    if not value:
        raise BadInput(f"{name} is empty, but DUNWELL_{because.upper().replace('=', '=')} needs it")
    return value


def audit_key(settings: Settings) -> bytes:
    """The key of the audit chain: as set, else made once in the data folder, readable by its owner alone.

    It never goes into the database: who can write there must not be able to forge the chain.
    """
    given = settings.audit_key.get_secret_value()
    if given:
        return given.encode()
    path = settings.data_dir / AUDIT_KEY_FILE
    with contextlib.suppress(FileExistsError):
        _write_once(path, secrets.token_hex(32).encode())
    return path.read_bytes()


def _write_once(path: Path, content: bytes) -> None:
    """Make a file of mode 0600 whole or not at all; FileExistsError when another process was first."""
    if path.exists():
        raise FileExistsError(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()
