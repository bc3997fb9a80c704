"""Is a contact's name a person's or a department's? Nobody writes "Guten Tag Buchhaltung" or 経理部様."""

from __future__ import annotations

import re
import unicodedata

_WORDS = """
account accounts accounting accountspayable ap payable payables finance financial department dept team office
desk invoices invoicing billing purchasing procurement treasury payments controller controlling shared services
service support admin administration mailbox group buchhaltung finanzbuchhaltung kreditoren
kreditorenbuchhaltung debitoren rechnungsprüfung rechnungspruefung rechnungseingang rechnungswesen rechnungen
finanzen finanzabteilung abteilung einkauf verwaltung sekretariat zahlungsverkehr buero büro comptabilité
comptabilite compta fournisseurs finances financier achats trésorerie tresorerie direction secrétariat
secretariat facturation règlements reglements contabilidad administración administracion proveedores tesorería
tesoreria pagos finanzas compras facturación facturacion departamento depto cuentas
"""
_DEPARTMENT_WORDS = frozenset(_WORDS.split())
_JAPANESE_ENDINGS = ("部", "課", "室", "係", "担当", "グループ", "チーム", "センター", "本部", "窓口")


def names_a_person(name: str) -> bool:
    """Whether a contact's name is a person's; False for a department, a team or a mailbox.

    One word of an office is enough: "Accounts Payable", "Anna (Buchhaltung)" gets the company's salutation rather than
    a wrong one.
    """
    text = unicodedata.normalize("NFKC", name).strip()
    if text.endswith(_JAPANESE_ENDINGS):
        return False
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return bool(words) and not any(word in _DEPARTMENT_WORDS for word in words)
