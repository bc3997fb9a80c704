"""Who the demo's creditors are, and the people who work there. All invented; bank accounts are textbook examples."""

from __future__ import annotations

EU, US = "EU", "US"
"""Codes of the two legal entities."""

AR_MANAGER = "helen.brandt"
"""The user who approves the demo's plan."""

_EU_LETTERHEAD = (
    "Calder Instruments GmbH",
    "DE",
    "Europe/Berlin",
    "Hafenstraße 12\n20457 Hamburg\nGermany",
    "Sitz Hamburg, Amtsgericht Hamburg HRB 000000\nGeschäftsführerin: Dr. Marit Calder\nUSt-IdNr. DE000000000",
    "Calder Instruments, Receivables",
    "receivables@calder-instruments.example",
    "+493023125100",
)
_US_LETTERHEAD = (
    "Calder Instruments Inc.",
    "US",
    "America/New_York",
    "200 Long Wharf\nBoston, MA 02110\nUnited States",
    "A Massachusetts corporation",
    "Calder Instruments, Accounts Receivable",
    "ar@calder-instruments.example",
    "+16175550100",
)

ENTITY_COLUMNS = (
    "code,name,country,timezone,address,registration,sender_name,sender_email,phone,"
    "currency,holder,bank_name,account,bic"
)
ENTITIES: tuple[tuple[str, ...], ...] = tuple(
    (code, *letterhead, currency, letterhead[0], bank, account, bic)
    for code, letterhead, currency, bank, account, bic in (
        (EU, _EU_LETTERHEAD, "EUR", "Elbbank Hamburg", "DE89370400440532013000", "COBADEFFXXX"),
        (EU, _EU_LETTERHEAD, "CHF", "Limmatbank Zürich", "CH9300762011623852957", "POFICHBEXXX"),
        (EU, _EU_LETTERHEAD, "GBP", "Thamesgate Bank", "GB29NWBK60161331926819", "NWBKGB2LXXX"),
        (EU, _EU_LETTERHEAD, "JPY", "Elbbank Hamburg", "DE89370400440532013000", "COBADEFFXXX"),
        (EU, _EU_LETTERHEAD, "KWD", "Elbbank Hamburg", "DE89370400440532013000", "COBADEFFXXX"),
        (US, _US_LETTERHEAD, "USD", "Charles River Trust", "000123456789", ""),
        (US, _US_LETTERHEAD, "CAD", "Charles River Trust", "000123456790", ""),
        (US, _US_LETTERHEAD, "MXN", "Charles River Trust", "000123456791", ""),
    )
)
"""One row a bank account: the letterhead, and where to pay in which currency."""

USER_COLUMNS = "id,name,email,role,territory,manager,slack_id,limit,limit_currency"
USERS: tuple[tuple[str, ...], ...] = (
    # Without a limit on file: the role decides, in every currency.
    (AR_MANAGER, "Helen Brandt", "ar_manager", "", "", "UDEMOHELEN", "", ""),
    ("omar.haddad", "Omar Haddad", "credit_manager", "", AR_MANAGER, "UDEMOOMAR", "50000.00", "EUR"),
    ("ines.faure", "Inès Faure", "auditor", "", "", "", "", ""),
    ("anna.keller", "Anna Keller", "collector", "DACH", AR_MANAGER, "UDEMOANNA", "", ""),
    ("camille.roy", "Camille Roy", "collector", "FRANCOPHONE", AR_MANAGER, "UDEMOCAMILLE", "", ""),
    ("lucia.ortega", "Lucía Ortega", "collector", "HISPANIC", AR_MANAGER, "UDEMOLUCIA", "", ""),
    ("james.whitfield", "James Whitfield", "collector", "ANGLO", AR_MANAGER, "UDEMOJAMES", "", ""),
    ("yuki.tanabe", "Yuki Tanabe", "collector", "JAPAN", AR_MANAGER, "UDEMOYUKI", "", ""),
    ("peter.lang", "Peter Lang", "sales", "DACH", "", "UDEMOPETER", "", ""),
    ("noemie.girard", "Noémie Girard", "sales", "FRANCOPHONE", "", "UDEMONOEMIE", "", ""),
    ("diego.paredes", "Diego Paredes", "sales", "HISPANIC", "", "UDEMODIEGO", "", ""),
    ("grace.mercer", "Grace Mercer", "sales", "ANGLO", "", "UDEMOGRACE", "", ""),
    ("kenji.mori", "Kenji Mori", "sales", "JAPAN", "", "UDEMOKENJI", "", ""),
)
"""As USER_COLUMNS says, less the mail address: it follows from the id."""

TEAM: dict[str, tuple[str, str]] = {
    "DACH": ("anna.keller", "peter.lang"),
    "FRANCOPHONE": ("camille.roy", "noemie.girard"),
    "HISPANIC": ("lucia.ortega", "diego.paredes"),
    "ANGLO": ("james.whitfield", "grace.mercer"),
    "JAPAN": ("yuki.tanabe", "kenji.mori"),
}
"""Territory → (collector, sales rep)."""
