"""Promises as Japanese customers write them: days, sums and invoices that other languages tell otherwise."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from outreach.replies.model import Intent, OpenInvoice, Reply, ReplyContext, Understanding
from outreach.replies.understand import understand_reply

MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+09:00")


def read(text: str, subject: str = "", headers: dict[str, str] | None = None) -> Understanding:
    """A reply that came on Monday, 2 March 2026, from somebody who owes 120,000 yen."""
    items = (OpenInvoice("K-8810", Decimal(120000), "JPY", date(2026, 2, 20)),)
    reply = Reply("email", text, MONDAY, "Asia/Tokyo", "ja_JP", subject=subject, headers=headers or {})
    return understand_reply(reply, ReplyContext(items))


def parts(text: str) -> list[tuple[str, int | None]]:
    """The instalments told, by day."""
    promise = read(text).promise
    told = promise.instalments if promise else ()
    return [(p.date.isoformat()[5:], None if p.amount is None else int(p.amount)) for p in told]


def test_a_first_part_on_a_day_of_its_own_opens_a_rhythm() -> None:
    text = "まず今月末に4万円、その後は4月から毎月末に2万円を4回でお願いいたします。"
    assert parts(text) == [("03-31", 40000), ("04-30", 20000), ("05-31", 20000), ("06-30", 20000), ("07-31", 20000)]


def test_who_asks_to_wait_until_the_day_of_payment_promises_it() -> None:
    text = "来週の木曜日に全額をお振込みいたしますので、それまでお待ちいただけますでしょうか。"
    assert parts(text) == [("03-12", None)]


def test_the_day_on_which_money_comes_in_is_promised_where_it_is_passed_on_the_same_day() -> None:
    text = "3月19日に市から補助金が入る予定です。それが入りましたら、その日のうちに全額お支払いします。"
    reading = read(text)
    assert parts(text) == [("03-19", None)]
    assert reading.doubts


def test_a_table_of_days_and_sums_without_an_invoice_promises() -> None:
    text = (
        "買掛金のお支払予定（単位：千円）\n　2026年3月31日　　７０\n　2026年4月30日　　５０\n　　　計　　　　　１２０"
    )
    assert parts(text) == [("03-31", 70000), ("04-30", 50000)]


@pytest.mark.parametrize("headers", [{}, {"auto-submitted": "auto-generated"}])
def test_a_system_that_sends_an_invoice_back_contests_it(headers: dict[str, str]) -> None:
    text = "受付結果：不受理\n請求書番号：K-8810\nエラー内容：発注番号が登録されていないため受理できません。"
    assert Intent.DISPUTE in read(text, "[自動応答] 請求データ受付結果", headers).intents


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("今月は2万円だけ払います。残りは来月末にお支払いします。", [("04-30", 100000)]),
        (
            "一括は難しいので、2回に分けて3月20日と4月20日でお願いします。",
            [("03-20", 60000), ("04-20", 60000)],
        ),
        ("3月12日に振込みの手配を済ませました。", [("03-12", None)]),
    ],
)
def test_parts_by_what_is_left_and_by_their_number(text: str, told: list[tuple[str, int | None]]) -> None:
    assert parts(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "今月25日に支払う予定でしたが、30日に変更になりました。",
        "当初25日とお伝えしておりましたが、30日にお支払いいたします。",
        "25日に入れるつもりだったんですが、30日に払います。",
    ],
)
def test_a_day_that_is_no_longer_meant_is_none(text: str) -> None:
    assert parts(text) == [("03-30", None)]


def test_a_list_names_its_day_after_a_word_for_it() -> None:
    text = "総会の承認が得られましたので、下記のとおりお納めいたします。\n\n一、金額　金壱拾弐万円也\n一、期日　R8.3.31"
    assert [day for day, _ in parts(text)] == ["03-31"]
