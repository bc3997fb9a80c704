"""Settings: from environment variables (`DUNWELL_…`) and files of secrets; never from the command line's history."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import BadInput


class Settings(BaseSettings):
    """Everything that may be set. Each has a default that runs on one machine with nothing but Python."""

    model_config = SettingsConfigDict(env_prefix="DUNWELL_", env_file=".env", extra="ignore")

    data_dir: Path = Field(default=Path("var"), description="folder of the outbox, documents, reports, SQLite file")
    database_url: str = Field(default="", repr=False, description="postgresql://… ; empty: SQLite in data_dir")
    policies_dir: Path | None = Field(default=None, description="folder of policies; empty: the ones shipped")
    templates_dir: Path | None = Field(default=None, description="folder of templates; empty: the ones shipped")
    secrets_dir: Path | None = Field(default=None, description="folder with one file a secret")
    amqp_url: SecretStr = Field(default=SecretStr(""), description="amqp://… ; empty: work is done in the process")
    amqp_queue: str = Field(
        default="dunwell",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="RabbitMQ queue of the bells; installations that share a broker take one each",
    )
    host: str = Field(default="127.0.0.1", description="where the application listens")
    port: int = Field(default=8025, description="on which port")
    allow_remote: bool = Field(default=False, description="answer beyond this machine: the desk has no login yet")
    public_url: str = Field(default="", description="the address that customers and providers reach us at")
    email_channel: str = Field(
        default="outbox", description="outbox, smtp or sendgrid", pattern="^(outbox|smtp|sendgrid)$"
    )
    sms_channel: str = Field(default="outbox", description="outbox or twilio", pattern="^(outbox|twilio)$")
    mail_domain: str = Field(default="dunwell.example", description="domain of reply addresses and Message-IDs")
    sender_email: str = Field(default="receivables@dunwell.example", description="where an entity has no own sender")
    mail_senders: str = Field(
        default="", description="other senders by entity and language: DE01/de:ar@us.example,*/ja:…"
    )
    mail_domains: str = Field(default="", description="other domains by entity: DE01:antwort.us.example,…")
    list_unsubscribe: bool = Field(default=False, description="a List-Unsubscribe header that asks for no more mail")
    tracking: bool = Field(default=False, description="let a provider count opens and rewrite links")
    smtp_host: str = Field(default="127.0.0.1", description="mail server")
    smtp_port: int = Field(default=25, description="its port")
    smtp_user: str = Field(default="", description="who logs in; empty: no login")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="and with what")
    smtp_tls: str = Field(default="none", description="none, starttls or tls", pattern="^(none|starttls|tls)$")
    smtp_bounces_to: str = Field(default="", description="where delivery reports go; empty: to the sender")
    sendgrid_key: SecretStr = Field(default=SecretStr(""), description="API key with the right to send mail")
    sendgrid_host: str = Field(default="https://api.sendgrid.com", description="https://api.eu.sendgrid.com in the EU")
    sendgrid_inbound_secret: SecretStr = Field(
        default=SecretStr(""), description="part of the address of Inbound Parse"
    )
    sendgrid_public_key: str = Field(default="", description="verifies webhooks that SendGrid signs")
    twilio_account: str = Field(default="", description="account SID")
    twilio_token: SecretStr = Field(default=SecretStr(""), description="auth token; also verifies webhooks")
    twilio_from: str = Field(default="", description="number or messaging service that SMS are sent from")
    twilio_senders: str = Field(
        default="", description="others by country, or entity and country: US:+1…,GB:+44…,DE01/*:…,*:MG…"
    )
    twilio_base_url: str = Field(default="", description="a stand-in for the API")
    slack_bot_token: SecretStr = Field(default=SecretStr(""), description="xoxb-…")
    slack_app_token: SecretStr = Field(default=SecretStr(""), description="xapp-…, for socket mode")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), description="verifies requests over HTTP")
    slack_base_url: str = Field(default="https://slack.com/api/", description="or a stand-in")
    adviser_url: str = Field(default="", description="a language model asked where a reply isn't clear; empty: none")
    adviser_model: str = Field(default="", description="which model the address serves")
    adviser_key: SecretStr = Field(default=SecretStr(""), description="its key, where it takes one")
    audit_key: SecretStr = Field(default=SecretStr(""), description="key of the audit chain; empty: made in data_dir")
    metrics_host: str = Field(default="127.0.0.1", description="where a process shows its Prometheus metrics")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="on which port; 0: nowhere. One a process")
    alert_webhook: SecretStr = Field(default=SecretStr(""), description="https://… that alerts are posted to as JSON")
    alert_private: bool = Field(default=False, description="the webhook may be in a private network, or plain http")
    alert_slack: str = Field(default="", description="Slack channel that alerts go to")
    alert_grace_minutes: int = Field(default=60, ge=1, description="how late a run, or a due message, may be")
    alert_doubts: int = Field(default=20, ge=0, description="messages in doubt above which somebody is told")
    poll_minutes: int = Field(default=15, ge=1, description="minutes between readings of a suppression list")
    imap_mailboxes: str = Field(
        default="", description="mailboxes that answers come to: imaps://user@host/INBOX?move=Done,…"
    )
    imap_passwords: SecretStr = Field(
        default=SecretStr(""), description='their password, or several as JSON: {"user@host": "…"}'
    )
    imap_seconds: int = Field(default=60, ge=5, description="seconds between readings of a mailbox")
    mail_authserv: str = Field(
        default="", description="mail servers of ours whose Authentication-Results are believed: mx.us.example,…"
    )
    tick_seconds: int = Field(default=15, ge=1, le=3600, description="seconds between ticks")
    run_hour: int = Field(default=7, ge=0, le=23, description="local hour of the entity from which its run is due")
    lease_seconds: int = Field(default=120, ge=5, description="how long a claim or a sending may take")
    wires: int = Field(default=8, ge=1, le=64, description="messages that one worker hands over at once, at most")
    golive_runs: int = Field(default=10, ge=0, description="first runs whose plan waits for a yes")
    volume_factor: int = Field(
        default=10, ge=2, description="a run of more than so many times the usual volume waits for a yes"
    )
    rates: str = Field(default="", description="most that providers get: sendgrid:100/s,twilio/US:1/s,smtp@DE01:30/m")
    daily_caps: str = Field(
        default="", description="most that providers get in a day (UTC): sendgrid:50000,twilio:2000"
    )
    spare_channels: str = Field(default="", description="mail providers that policies may fail over to: smtp,sendgrid")
    letter_years: int | None = Field(
        default=None, ge=1, le=30, description="years that letters are kept where the law asks for fewer"
    )

    @cached_property
    def url(self) -> str:
        """The database URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dunwell.db'}"

    @property
    def outbox_dir(self) -> Path:
        """Where the file outbox lies."""
        return self.data_dir / "outbox"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, `overrides` winning. Raises BadInput naming each setting that is wrong.

    With `secrets_dir`, a file `dunwell_smtp_password` there is the value of DUNWELL_SMTP_PASSWORD, and so on.
    """
    try:
        made = Settings(**overrides)  # type: ignore[arg-type]
        if made.secrets_dir is None:
            return made
        if not made.secrets_dir.is_dir():
            raise BadInput(f"DUNWELL_SECRETS_DIR: {made.secrets_dir} is not a folder")
        return Settings(_secrets_dir=made.secrets_dir, **overrides)  # type: ignore[arg-type, call-arg]
    except ValidationError as error:
        lines = [
            f"DUNWELL_{'_'.join(str(part) for part in e['loc']).upper()}: {e['msg']} (got {e.get('input')!r})"
            for e in error.errors()
        ]
        raise BadInput("settings are wrong:\n  " + "\n  ".join(lines)) from None
