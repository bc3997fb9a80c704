"""Names as people type them: two good matches are asked about, one clear winner is taken, an exact number wins."""

from __future__ import annotations

import random

import pytest

from domain.name_index import Directory, NameIndex
from domain.names import fold, tokens_of

NAMES = [
    (1, "C-1", "Acme GmbH"),
    (2, "C-2", "Acme Ibérica S.L."),
    (3, "C-3", "Northwind Traders Ltd"),
    (4, "C-4", "Müller & Söhne KG"),
    (5, "C-5", "株式会社アクメ商事"),
    (6, "C-6", "O'Neil & Sons Inc."),
    (7, "00042", "Globex Corporation"),
    (8, "C-8", "Trading House Limited"),
    (9, "C-9", "Trading House GmbH"),
]
EVERYBODY = Directory(NameIndex(NAMES))


def found(typed: str, directory: Directory = EVERYBODY) -> list[str]:
    match = directory.match(typed)
    return [match.taken.number] if match.taken else [c.number for c in match.choices]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("acme", ["C-1", "C-2"]),
        ("Acme GmbH", ["C-1"]),
        ("acme iberica", ["C-2"]),
        ("Acme Iberica SL", ["C-2"]),
        ("amce gmbh", ["C-1"]),
        ("northwind", ["C-3"]),
        ("nortwind tradrs", ["C-3"]),
        ("north wind", ["C-3"]),
        ("mueller", ["C-4"]),
        ("muller", ["C-4"]),
        ("oneil", ["C-6"]),
        ("O'Neil & Sons", ["C-6"]),
        ("アクメ商事", ["C-5"]),
        ("00042", ["00042"]),
        ("trading house", ["C-8", "C-9"]),
        ("trading house ltd", ["C-8"]),
        ("northwind us", []),
        ("northwind gmbh", []),
        ("trading house limited", ["C-8"]),
        ("zorblax", []),
        ("gmbh", []),
        ("ltd", []),
    ],
)
def test_what_is_typed_finds_whom_it_names(typed: str, numbers: list[str]) -> None:
    assert found(typed) == numbers


def test_what_is_ambiguous_to_one_asker_is_clear_to_another() -> None:
    assert found("acme", Directory(EVERYBODY.index, frozenset({2, 3}))) == ["C-2"]


def test_a_hidden_number_is_not_found() -> None:
    assert Directory(EVERYBODY.index, frozenset({1})).by_number("C-3") is None


def test_folding_keeps_japanese_voicing_and_drops_accents() -> None:
    assert (fold("  Ünïted  Çö "), fold("ＡＣＭＥ"), fold("がぎ")) == ("united co", "acme", "がぎ")
    assert tokens_of("S.A. de C.V.") == ("sa", "de", "cv")


def test_one_slip_in_a_long_list_of_names_still_finds_the_right_one() -> None:
    chance = random.Random(7)
    parts = ("nova", "terra", "alpen", "blau", "rio", "costa", "delta", "nord", "sud", "vita", "aqua", "ferro", "lumen")
    ends = ("werke", "foods", "systems", "logistics", "pharma", "textil", "metals", "energy", "paper", "glass")
    names = [
        (i, f"N{i}", f"{a}{b} {e}".title()) for i, (a, b, e) in enumerate(
            (a, b, e) for a in parts for b in parts if a != b for e in ends
        )
    ]  # fmt: skip
    directory = Directory(NameIndex(names))
    first = among = 0
    for _, number, name in chance.sample(names, 200):
        place = chance.randrange(1, len(name) - 1)
        typed = name[:place] + name[place + 1 :]
        hits = found(typed, directory)
        first += hits == [number]
        among += number in hits
    assert (first >= 180, among >= 196) == (True, True), (first, among)
