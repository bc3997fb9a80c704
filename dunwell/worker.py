"""Background work by Dramatiq, used as a bell: a message carries a kind of work, the rows say what there is to do.

By default the broker lives in the process (StubBroker) and so do its worker threads; with DUNWELL_AMQP_URL it is
RabbitMQ, and any number of `dunwell worker` processes share it. A lost bell costs a tick, a doubled one nothing.
None of Dramatiq's retries, delays or time limits are used: backoff and hours are columns, and a time limit would raise
in mid send.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import uuid4

import dramatiq
import structlog
from dramatiq.brokers.stub import StubBroker

from domain.errors import BadInput
from dunwell import clock
from dunwell.settings import Settings
from dunwell.slack import ping_job
from workflows.ask_provider import ask_providers
from workflows.poll_mailboxes import poll_mailboxes
from workflows.receive_reply import process_inbound
from workflows.record_delivery import take_in_events
from workflows.send_messages import drain
from workflows.services import Services
from workflows.suggest import suggest_readings
from workflows.tick import KINDS, plan_due_runs

log = structlog.get_logger(__name__)

THREADS = 4
STOP_TIMEOUT_MS = 45_000
"""How long a stopping worker waits for work that has begun: a send under way is finished rather than put in doubt."""

LOOK_AGAIN_SECONDS = 5.0
"""How long what was found out about the broker holds: health is asked for by several watchers."""

Work = Callable[[Services], object]


def kinds_of_work(settings: Settings, services: Services) -> dict[str, Work]:
    """Kind → the function that does all of it that is due, for at most about a minute. Pings only where Slack is."""
    work: dict[str, Work] = {"plan": plan_due_runs, "send": drain, "inbound": process_inbound}
    if services.adviser is not None:
        work["suggest"] = suggest_readings
    work["delivery"] = take_in_events
    work["ask"] = ask_providers
    if services.mailboxes:
        work["mailbox"] = poll_mailboxes
    ping = ping_job(settings, services)
    if ping is not None:
        work["ping"] = lambda _services: ping()
    return work


class Bell:
    """Rings for work and, in a process that works, answers. Make one a process."""

    def __init__(self, settings: Settings, services: Services, work: Mapping[str, Work] | None = None) -> None:
        self._url = settings.amqp_url.get_secret_value()
        self._looked: tuple[float, str | None] | None = None
        self.broker = make_broker(self._url)
        self.services = replace(services, ring=self.ring)
        self._work = dict(work if work is not None else kinds_of_work(settings, services))
        # One drain of a kind is enough for a process: rings that come meanwhile are answered by one more.
        self._busy = {kind: threading.Lock() for kind in self._work}
        self._again = {kind: threading.Event() for kind in self._work}
        make = dramatiq.actor(broker=self.broker, actor_name="work", queue_name=settings.amqp_queue)
        self._actor = make(self._answer)
        self._worker: dramatiq.Worker | None = None

    def ring(self, kind: str) -> None:
        """Say that there may be work of a kind. A broker that can't be reached costs a tick, not the caller's work."""
        if kind not in KINDS:
            raise ValueError(f"no kind of work {kind!r}")
        try:
            carrier = self.services.observe.carrier()
            self._actor.send(kind, carrier) if carrier else self._actor.send(kind)
        except dramatiq.errors.BrokerError as error:
            log.warning("bell.lost", kind=kind, error=str(error))

    def trouble(self) -> str | None:
        """Whether the broker can't be reached: 'not reached'; None when it can, or lives in this process."""
        if not self._url:
            return None
        now = clock.monotonic()
        if self._looked is None or now - self._looked[0] > LOOK_AGAIN_SECONDS:
            self._looked = (now, None if _answers(self._url) else "not reached")
        return self._looked[1]

    def start(self, threads: int = THREADS) -> None:
        """Answer rings in this process until `stop`."""
        self._worker = dramatiq.Worker(self.broker, worker_threads=threads, worker_timeout=200)
        self._worker.start()

    def stop(self) -> None:
        """Take no more rings, finish what has begun."""
        if self._worker is not None:
            self._worker.stop(timeout=STOP_TIMEOUT_MS)
            self._worker = None
        self.broker.close()

    def _answer(self, kind: str, carrier: dict[str, str] | None = None) -> None:
        work = self._work.get(kind)
        if work is None:
            return  # such as pings where Slack isn't set up
        self._again[kind].set()
        if not self._busy[kind].acquire(blocking=False):
            return
        try:
            while self._again[kind].is_set():
                self._again[kind].clear()
                with self.services.observe.continued(carrier or {}), self.services.observe.span(kind):
                    work(self.services)
        except Exception:  # the edge of a worker: the next tick rings again, the log has what went wrong
            log.exception("work.failed", kind=kind, reference=uuid4().hex[:8])
        finally:
            self._busy[kind].release()


def _answers(amqp_url: str) -> bool:
    import pika
    from pika.exceptions import AMQPError

    given = pika.URLParameters(amqp_url)
    given.connection_attempts, given.socket_timeout, given.blocked_connection_timeout = 1, 3, 3
    given.stack_timeout = 5
    try:
        pika.BlockingConnection(given).close()
    except (AMQPError, OSError):
        return False
    return True


def make_broker(amqp_url: str) -> dramatiq.Broker:
    """RabbitMQ by URL, the process's own broker without one. Raises BadInput for an URL of another kind."""
    if not amqp_url:
        return StubBroker(middleware=[])
    if not amqp_url.startswith(("amqp://", "amqps://")):
        raise BadInput("DUNWELL_AMQP_URL is not an AMQP address; write amqp://user:password@host:5672/vhost")
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    return RabbitmqBroker(url=amqp_url, middleware=[])
