"""Who gets a message, by which channel: a step's channels in order, and in each its ladder of roles.

Account data goes only to a contact on file. The customer's own address (contact 0) is the last resort of every ladder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.account import AccountSnapshot, DeadAddress, OptOut
from domain.parties import Channel, Contact, Customer
from domain.touches import SkipReason
from outreach.cadence.policy import Step

OWN_ADDRESS = 0
"""Id of the contact that stands for the address on the customer's own record."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address by one channel, and the language to write in (CLDR identifier)."""

    channel: Channel
    contact_id: int | None
    address: str
    locale: str


def choose_recipient(account: AccountSnapshot, step: Step, today: date) -> Recipient | SkipReason:
    """The first reachable contact of a step's ladder, channel after channel; else why nobody is.

    Contacts that opted out of the channel, whose address proved dead, or who are out of office are passed over.
    OPTED_OUT or UNDELIVERABLE (the first met) when only such stood in the way, PAUSED when somebody is only away,
    NO_ADDRESS when nobody has an address.
    """
    away = contacts_away(account, today)
    hindrance = SkipReason.NO_ADDRESS
    for channel in step.channels:
        for contact in _ladder(account.contacts, step):
            address = address_of(contact, channel)
            if address is None:
                continue
            if is_opted_out(account.opt_outs, channel, address):
                hindrance = SkipReason.OPTED_OUT if hindrance is SkipReason.NO_ADDRESS else hindrance
            elif is_dead(account.dead_addresses, channel, address):
                hindrance = SkipReason.UNDELIVERABLE if hindrance is SkipReason.NO_ADDRESS else hindrance
            elif contact.id in away and channel is not Channel.LETTER:
                hindrance = SkipReason.PAUSED
            else:
                return Recipient(channel, _on_file(contact), address, contact.locale or account.customer.locale)
        if channel in (Channel.LETTER, Channel.CALL):
            return _without_contact(account.customer, channel)
    return hindrance


def contacts_away(account: AccountSnapshot, today: date) -> set[int | None]:
    """Ids of the contacts that are not to be written to on `today`, though others may be."""
    return {pause.contact_id for pause in account.pauses if pause.only_contact and pause.holds(today)}


def _ladder(contacts: tuple[Contact, ...], step: Step) -> Iterator[Contact]:
    for role in step.recipients:
        for contact in contacts:
            if contact.role is role and contact.id != OWN_ADDRESS:
                yield contact
    for contact in contacts:
        if contact.id == OWN_ADDRESS:
            yield contact


def _on_file(contact: Contact) -> int | None:
    return contact.id if contact.id != OWN_ADDRESS else None


def _without_contact(customer: Customer, channel: Channel) -> Recipient:
    """A letter goes to the company; a call without a number is a task whose first part is to find one."""
    return Recipient(channel, None, customer.name if channel is Channel.LETTER else "", customer.locale)


def address_of(contact: Contact, channel: Channel) -> str | None:
    """A contact's address for a channel; None when there is none. A letter is addressed by name."""
    if channel is Channel.EMAIL:
        return contact.email or None
    if channel is Channel.LETTER:
        return contact.name or None
    return contact.phone or None


def is_opted_out(opt_outs: frozenset[OptOut], channel: Channel, address: str) -> bool:
    """Whether an address wants nothing more on a channel. Letters and calls always go on."""
    if not opt_outs or channel in (Channel.LETTER, Channel.CALL):
        return False
    return OptOut(channel, normal_address(channel, address)) in opt_outs


def is_dead(dead: frozenset[DeadAddress], channel: Channel, address: str) -> bool:
    """Whether an address proved undeliverable on a channel. Letters and calls always go on."""
    if not dead or channel in (Channel.LETTER, Channel.CALL):
        return False
    return DeadAddress(channel, normal_address(channel, address)) in dead


def normal_address(channel: Channel, address: str) -> str:
    """An address as opt-outs hold it: mail in lower case, a number as its plus sign and digits."""
    if channel is Channel.EMAIL:
        return address.strip().lower()
    return "".join(char for char in address if char.isdigit() or char == "+")


def is_still_on_file(account: AccountSnapshot, channel: Channel, contact_id: int | None, address: str) -> bool:
    """Whether the address that a message was planned for is still that contact's."""
    if channel in (Channel.LETTER, Channel.CALL):
        return True
    wanted = OWN_ADDRESS if contact_id is None else contact_id
    return any(contact.id == wanted and address_of(contact, channel) == address for contact in account.contacts)
