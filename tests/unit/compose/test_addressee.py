"""A department is not greeted like a person."""

import pytest

from outreach.compose.addressee import names_a_person


@pytest.mark.parametrize(
    "name",
    [
        "Accounts Payable", "AP Team", "Finance Dept.", "Buchhaltung", "Kreditorenbuchhaltung", "Rechnungsprüfung",
        "Service comptabilité", "Comptabilité fournisseurs", "Contabilidad", "Cuentas por pagar", "経理部", "財務課",
        "経理担当", "123", "Shared Services Prague",
    ],
)  # fmt: skip
def test_a_department_is_known_by_its_name(name: str) -> None:
    assert not names_a_person(name)


@pytest.mark.parametrize(
    "name", ["Margaret Oyelaran", "Sabine Vogt", "Marta Jiménez", "Isabelle Morel", "佐藤 健一", "O'Brien", "Jean-Luc"]
)
def test_a_person_is_known_by_a_name_without_an_office_in_it(name: str) -> None:
    assert names_a_person(name)
