"""What the demo's customers answered, in their own languages: days before the demo's day, and words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date


@dataclass(frozen=True, slots=True)
class DemoReply:
    """One answer by mail, `days` from the demo's day (negative), to the newest mail that the customer got.

    `words` may name {day}, a date `about` days from the demo's day as that language writes it, and {invoice}, the
    number of the oldest open item of the customer. `automatic` is an out-of-office notice.
    """

    customer: str
    days: int
    words: str
    about: int = 0
    automatic: bool = False

    def text(self, demo_day: date, locale: str, invoice: str) -> str:
        """The words with their date and number filled in."""
        return self.words.format(
            day=format_date(demo_day + timedelta(days=self.about), "long", locale), invoice=invoice
        )


REPLIES: tuple[DemoReply, ...] = (
    DemoReply("C4305", -14, "Thank you, we will pay invoice {invoice} by {day}.\n\nHelen Boucher", about=-12),
    DemoReply("C4003", -14, "Hello,\n\nwe will pay invoice {invoice} by {day}.\n\nBest,\nCallum", about=-7),
    DemoReply(
        "C1005",
        -7,
        "Guten Tag,\n\ndie Rechnung {invoice} überweisen wir am {day}.\n\nMit freundlichen Grüßen\nMiriam Okoye",
        about=4,
    ),
    DemoReply(
        "C5004", -7, "お世話になっております。\n{day}に全額お振込みいたします。\n\n東海バルブ工業　伊藤", about=3
    ),
    DemoReply(
        "C2005",
        -7,
        "Bonjour,\n\nnous contestons la facture {invoice} : la marchandise n'a jamais été livrée.\n\nCordialement,\n"
        "Hélène Caron",
    ),
    DemoReply(
        "C2102",
        -7,
        "Bonjour,\n\nje suis absente du bureau jusqu'au {day} inclus. Vos messages seront lus à mon retour.\n\n"
        "Sophie Claes",
        about=7,
        automatic=True,
    ),
    DemoReply(
        "C3003",
        -7,
        "Buenos días:\n\nLa factura {invoice} ya la pagamos el {day} por transferencia.\n\nUn saludo,\nPilar Soler",
        about=-9,
    ),
    DemoReply("C3005", -7, "Por favor, no nos envíen más correos.\n\nRosa Iglesias"),
    DemoReply("C3101", -7, "Buen día:\n\nPagaremos la factura {invoice} el {day}.\n\nGuadalupe Ríos", about=6),
    DemoReply("C4302", -7, "Hi, could somebody call me about this? It is not as simple as it looks.\n\nLuis"),
)
"""In the order in which they came, each on a day of a run and after it."""
