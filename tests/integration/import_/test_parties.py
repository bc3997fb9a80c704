"""Who is who: customers, contacts, users, entities, orders and rates."""

import json

import pytest

from domain.errors import BadInput


def counts(report, kind):
    found = report.of(kind)
    return found.inserted, found.updated, found.unchanged


CUSTOMERS = """number,name,country,locale,timezone,currency,territory,segment,collector,sales_rep,parent,credit_limit,\
terms_days,email,phone
P1,Konzern AG,CH,de-CH,Europe/Zurich,CHF,DACH,key,kim,sam,,100000,30,ap@konzern.example,044 668 18 00
P2,Tochter AG,CH,de-CH,Europe/Zurich,CHF,DACH,key,kim,sam,P1,5000.50,30,,
"""


def test_customers_are_upserted_and_unknown_people_are_made_and_named(ledger):
    report = ledger.load("customers", CUSTOMERS)
    assert counts(report, "customers") == (2, 0, 0)
    assert report.created_users == ("sam",)
    assert counts(ledger.load("customers", CUSTOMERS), "customers") == (0, 0, 2)
    assert ledger.rows(
        """SELECT c.number, c.locale, p.number, k.code, s.role, c.credit_limit_minor, c.phone, c.name_folded
        FROM customer c LEFT JOIN customer p ON p.id = c.parent_id LEFT JOIN app_user k ON k.id = c.collector_id
        LEFT JOIN app_user s ON s.id = c.sales_rep_id WHERE c.number LIKE 'P%' ORDER BY 1"""
    ) == [
        ("P1", "de_CH", None, "kim", "sales", 10000000, "+41446681800", "konzern ag"),
        ("P2", "de_CH", "P1", "kim", "sales", 500050, None, "tochter ag"),
    ]


def test_a_column_that_is_not_in_the_file_is_left_alone_and_an_empty_cell_empties(ledger):
    ledger.load("customers", CUSTOMERS)
    report = ledger.load("customers", "number,name,country,currency,segment\nP1,Konzern AG,CH,CHF,\n")
    assert counts(report, "customers") == (0, 1, 0)
    assert ledger.rows("SELECT territory, segment, terms_days FROM customer WHERE number = 'P1'") == [
        ("DACH", None, 30)
    ]


def test_a_changed_parent_counts_as_an_update(ledger):
    ledger.load("customers", CUSTOMERS)
    report = ledger.load(
        "customers", "number,name,country,currency,parent\nP1,Konzern AG,CH,CHF,C1\nP2,Tochter AG,CH,CHF,P1\n"
    )
    assert counts(report, "customers") == (0, 1, 1)


def test_locale_and_time_zone_follow_the_country_where_it_has_one(ledger):
    report = ledger.load("customers", "number,name,country,currency\nJ1,山田商店,JP,JPY\nA1,Huber,AT,EUR\n")
    assert ledger.rows("SELECT number, locale, timezone FROM customer WHERE number IN ('J1', 'A1') ORDER BY 1") == [
        ("A1", "de_AT", "Europe/Vienna"),
        ("J1", "ja_JP", "Asia/Tokyo"),
    ]
    assert any("2 customers have no locale" in each for each in report.statements)
    with pytest.raises(BadInput, match=r"column timezone.*US has several"):
        ledger.load("customers", "number,name,country,currency\nU1,Acme Inc,US,USD\n")


def test_contacts_are_known_by_address_then_number_then_name(ledger):
    text = """customer,name,role,email,phone,locale
C1,Ann,ap,ANN@acme.example,,
C1,Bob,ap_manager,,+44 20 7946 0000,fr
C1,Cleo,,,,
"""
    assert counts(ledger.load("contacts", text), "contacts") == (3, 0, 0)
    assert counts(ledger.load("contacts", text.replace("Ann,", "Ann Lee,")), "contacts") == (0, 1, 2)
    assert ledger.rows("SELECT key, role FROM contact ORDER BY key") == [
        ("+442079460000", "ap_manager"),
        ("ann@acme.example", "ap"),
        ("cleo", "ap"),
    ]


def test_users_with_managers_and_authority_limits(ledger):
    text = """id,name,email,role,territory,manager,slack_id,limit
kim,Kim,kim@x.example,collector,EMEA,lee,U1,500
lee,Lee,,credit_manager,,,U2,25000.00
"""
    assert counts(ledger.load("users", text), "users") == (1, 1, 0)
    assert ledger.rows(
        """SELECT u.code, u.role, m.code, u.limit_minor, u.limit_currency FROM app_user u
        LEFT JOIN app_user m ON m.id = u.manager_id ORDER BY 1"""
    ) == [("kim", "collector", "lee", 50000, "USD"), ("lee", "credit_manager", None, 2500000, "USD")]
    assert counts(ledger.load("users", text), "users") == (0, 0, 2)


def test_entities_with_bank_details_per_currency(ledger):
    text = """code,name,country,timezone,address,registration,sender_name,sender_email,currency,holder,bank_name,\
account,bic
DE1,Eins GmbH,DE,Europe/Berlin,"Messweg 1
20457 Hamburg",HRB 1,Eins,ar@eins.example,EUR,Eins GmbH,Bank,DE02120300000000202051,BYLADEM1001
DE1,Eins GmbH,DE,Europe/Berlin,"Messweg 1
20457 Hamburg",HRB 1,Eins,ar@eins.example,USD,Eins GmbH,Bank,DE02120300000000202051,BYLADEM1001
"""
    ledger.load("entities", text)
    assert ledger.rows("SELECT address FROM legal_entity") == [("Messweg 1\n20457 Hamburg",)]
    assert ledger.rows("SELECT currency, account FROM entity_bank ORDER BY 1") == [
        ("EUR", "DE02120300000000202051"),
        ("USD", "DE02120300000000202051"),
    ]
    before = ledger.everything()["legal_entity"]
    ledger.load("entities", text)
    assert ledger.everything()["legal_entity"] == before


def test_orders_and_rates(ledger):
    ledger.load("entities", "code,name,country,timezone\nMAIN,Main,IE,Europe/Dublin\n")
    orders = """number,customer,date,amount,currency,sales_rep,status
O1,C1,2026-06-01,250,EUR,sam,blocked
O2,C1,2026-06-02,10,EUR,,
"""
    report = ledger.load("orders", orders)
    assert (counts(report, "orders"), report.created_users) == ((2, 0, 0), ("sam",))
    assert counts(ledger.load("orders", orders.replace("blocked", "released")), "orders") == (0, 1, 1)
    assert ledger.rows("SELECT number, status FROM sales_order ORDER BY 1") == [("O1", "released"), ("O2", "open")]
    rates = "date,base,quote,rate,source\n2026-06-12,EUR,USD,1.0842,ECB\n"
    assert counts(ledger.load("rates", rates), "rates") == (1, 0, 0)
    assert counts(ledger.load("rates", rates), "rates") == (0, 0, 1)


def test_a_new_installation_gets_its_main_entity_and_is_told(ledger):
    report = ledger.load("invoices", "number,customer,issued,due,amount,currency\nA,C1,2026-05-01,2026-05-31,1,EUR\n")
    assert any("legal entity MAIN was made" in each for each in report.statements)
    assert ledger.rows("SELECT code FROM legal_entity") == [("MAIN",)]


def test_a_report_can_be_told_as_json(ledger):
    report = ledger.load("customers", CUSTOMERS)
    told = json.loads(json.dumps(report.as_json()))
    assert told["counts"][0] == {
        "kind": "customers",
        "inserted": 2,
        "updated": 0,
        "unchanged": 0,
        "closed": 0,
        "rejected": 0,
    }
