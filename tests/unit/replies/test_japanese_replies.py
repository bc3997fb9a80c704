"""Japanese replies in families: conditions, corrected days, answers between lines, hardship, fees, boilerplate.

Received on Wednesday, 13 May 2026.
"""

from datetime import date, datetime
from decimal import Decimal

import pytest

from domain.disputes import DisputeReason
from outreach.replies.model import Intent, OpenInvoice, Reply, ReplyContext, Understanding
from outreach.replies.understand import understand_reply

WEDNESDAY = datetime.fromisoformat("2026-05-13T10:00:00+09:00")
ONE, TWO = ("KT-2604", 132000), ("KT-2605", 88000)


def read(body: str, *invoices: tuple[str, int], channel: str = "email") -> Understanding:
    """A reply of somebody who owes these invoices, one of 132,000 yen if none is told."""
    items = tuple(
        OpenInvoice(number, Decimal(amount), "JPY", date(2026, 4, 30)) for number, amount in invoices or (ONE,)
    )
    reply = Reply(channel, body, WEDNESDAY, "Asia/Tokyo", "ja_JP", subject="Re: お支払いのお願い")
    return understand_reply(reply, ReplyContext(items))


def days(reading: Understanding) -> list[str]:
    """The days promised."""
    return [part.date.isoformat()[5:] for part in reading.promise.instalments] if reading.promise else []


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("元請けさんから25日に入金になる予定なので、入ったら翌26日に全額お支払いします。", "05-26"),
        ("保険金が今月28日に入る予定です。保険金が入れば29日にお支払いできます。", "05-29"),
        ("5月20日に振り込みます。ただし、社長の決裁が間に合えばの話です。", "05-20"),
        ("検収が通ることが前提ですが、5月29日にお支払いする予定です。", "05-29"),
        ("売上の入金日が25日なので、予定どおり入れば26日に送金します", "05-26"),
    ],
)
def test_a_day_that_depends_on_something_is_noted_and_goes_to_a_person(body: str, day: str) -> None:
    reading = read(body)
    assert days(reading) == [day]
    assert reading.needs_human


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("> お振込みは5月20日でお間違いないでしょうか。\n\nいいえ、20日ではなく25日です。\n\n石田", "05-25"),
        ("支払日は15日じゃなくて、29日です。", "05-29"),
        ("22日付で全額を送金いたします。", "05-22"),
        ("> お支払い予定日をお知らせください。\n\n5月25日の予定です。", "05-25"),
    ],
)
def test_the_day_that_is_meant_is_the_one_promised(body: str, day: str) -> None:
    reading = read(body)
    assert days(reading) == [day]
    assert not reading.needs_human


def test_a_single_dot_sign_leads_from_a_day_to_its_share() -> None:
    reading = read("三回に分けて精算させてください。\n\n  5/29 … 50%\n  6/30 … 25%\n  7/31 … 25%")
    assert reading.promise is not None
    assert [part.amount for part in reading.promise.instalments] == [66000, 33000, 33000]


@pytest.mark.parametrize("body", ["なるべく早めに対応しますね", "承知いたしました。できるだけ早急に手配いたします。"])
def test_a_vague_commitment_is_an_acknowledgement(body: str) -> None:
    assert read(body, channel="sms").intents == (Intent.ACKNOWLEDGEMENT,)


def test_less_than_all_on_a_day_is_noted_where_the_rest_cannot_be_paid() -> None:
    reading = read(
        "正直なところ、いま全額をお支払いできるお金がありません。5月31日に3万円だけは入れさせていただきます。"
    )
    assert set(reading.intents) == {Intent.HARDSHIP, Intent.PROMISE_TO_PAY}
    assert days(reading) == ["05-31"]
    assert not {"the customer says that paying is difficult", "several subjects in one reply"} & set(reading.doubts)


@pytest.mark.parametrize(
    "body",
    [
        "振込手数料の不足額660円をご請求いただきましたが、手数料は御社負担という取り決めのはずです。請求の取消しを"
        "お願いします。",
        "「不足額660円」のご請求をいただきましたが、振込手数料は貴社ご負担という取り決めで、過去10年そのようにお支払い"
        "してまいりました。契約書第8条にも記載がございます。ご説明いただくまでは、お支払いを差し控えさせていただきます。",
        "遅延損害金の請求書を受け取りましたが、遅れの原因は弊社にありません。お支払いできません。",
    ],
)
def test_a_fee_that_is_contested_is_no_matter_of_the_contract(body: str) -> None:
    dispute = read(body, ("KT-2604-F", 660)).dispute
    assert dispute is not None
    assert dispute.reason is DisputeReason.OTHER


def test_of_two_invoices_the_one_called_the_same_as_the_other_is_the_duplicate() -> None:
    reading = read("KT-2605はKT-2604と同じ納品に対する請求です。重複しておりますので取消しをお願いします。", ONE, TWO)
    assert reading.dispute is not None
    assert reading.dispute.invoices == ("KT-2605",)


def test_a_dispute_is_about_the_only_invoice_that_the_mail_below_names() -> None:
    quoted = (
        "\n\n2026年5月12日(火) 10:00 経理 <keiri@kt.example>:\n> KT-2604（132,000円）のご入金が確認できておりません。"
    )
    reading = read(f"納品された機械は3日で止まりました。修理が終わるまでお支払いは保留します。{quoted}", ONE, TWO)
    assert reading.dispute is not None
    assert reading.dispute.invoices == ("KT-2604",)


def test_a_line_at_the_foot_of_an_advice_that_says_whom_to_ask_tells_of_no_other_contact() -> None:
    body = (
        "支払通知書\n\n支払日：2026年5月13日\n通知番号：PN-0513\n\n請求書番号　金額\nKT-2604　132,000\n\n"
        "※本通知に関するお問い合わせは、担当バイヤーまでお願いいたします。"
    )
    assert not any("wrong_contact" in doubt for doubt in read(body).doubts)


def test_who_never_heard_of_it_and_is_not_whom_we_mean_contests_nothing_by_himself() -> None:
    reading = read("身に覚えがないです。たぶん前にこの番号使ってた人宛てでは？", channel="sms")
    assert Intent.DISPUTE not in reading.intents or reading.needs_human


def test_an_invoice_that_is_left_out_of_an_answer_is_not_promised() -> None:
    body = "支払予定日　令和8年5月29日\n請求書番号　KT-2604\nKT-2605（追加分）は査定中のため、対象外とします。"
    promise = read(body, ONE, TWO).promise
    assert promise is not None
    assert promise.invoices == ("KT-2604",)


def test_an_answer_to_a_second_invoice_asked_about_is_a_day_of_payment_too() -> None:
    body = "> KT-2604はいつお支払いですか。\n5月22日です。\n> KT-2605はいかがでしょうか。\nこちらは29日になります。"
    assert days(read(body, ONE, TWO)) == ["05-22", "05-29"]


def test_an_address_called_old_is_not_the_one_to_write_to() -> None:
    body = "メールアドレス変更のご案内です。旧：keiri@abc.example は今月末に廃止されます。\n新：shiharai@abc.example"
    contact = read(body).new_contact
    assert contact is not None
    assert contact.email == "shiharai@abc.example"


def test_the_day_after_a_date_that_is_not_told_is_none() -> None:
    body = "KT-2604の損害金ですが、請求書が着いたのは支払期日の翌日です。お支払いできません。取り下げてください。"
    assert read(body).promise is None


def test_a_circled_number_before_an_invoice_is_no_part_of_it() -> None:
    body = "> ①KT-2604（132,000円）\n5/22に払います。\n\n> ②KT-2605（88,000円）\n決裁済みですので、29日に出します。"
    assert days(read(body, ONE, TWO)) == ["05-22", "05-29"]


def test_an_answer_about_both_is_about_the_last_two_invoices_above_it() -> None:
    body = (
        "> ①KT-2604（132,000円）\n> ②KT-2605（88,000円）\nこの二つは一緒に5/22に払います。\n\n"
        "> ③KT-2606（40,000円）\n29日に払います。\n\n> ④KT-2607（30,000円）\n期日前ですので次回にします。"
    )
    promise = read(body, ONE, TWO, ("KT-2606", 40000), ("KT-2607", 30000)).promise
    assert promise is not None
    assert set(promise.invoices) == {"KT-2604", "KT-2605", "KT-2606"}
    assert [part.amount for part in promise.instalments] == [220000, 40000]


@pytest.mark.parametrize(
    "body",
    [
        "4月30日に送金しましたが、間違えて別の会社さんの口座に入れてしまいました。組戻しを依頼中です。",
        "5月8日に振り込みましたが、登録していた旧口座に送ってしまったようです。",
    ],
)
def test_money_sent_to_another_account_brings_a_person(body: str) -> None:
    assert "the payment may have gone to another account" in read(body).doubts


@pytest.mark.parametrize(
    "question", ["新しいカタログの見本を見せてもらえませんか。", "次回の納品は何時ごろになりますか？"]
)
def test_a_question_about_something_else_beside_a_promise_needs_nobody(question: str) -> None:
    body = f"請求の件、遅れて申し訳ありません。19日に全額を振り込みます。\n\nところで、{question}"
    assert "asks something" not in read(body).doubts


def test_who_begs_for_patience_until_the_day_of_payment_asks_for_no_later_one() -> None:
    reading = read("代金は19日に必ずお納めいたしますので、いましばらくのご猶予をお願い申し上げます。")
    assert days(reading) == ["05-19"]
    assert not any("extension" in doubt for doubt in reading.doubts)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("船が欠航続きで、頼んだポンプ3台がまだ島に来てません。物が無いのに請求だけ来ても払えないです", "not_received"),
        ("発注した椅子10脚、現場に影も形もないんだけど。払えないです", "not_received"),
        ("請求は20袋だけど受け取ったのは18袋。伝票あるから直してください。それまで払えん", "quantity"),
        ("届いたら12本のうち5本の角が潰れてた。運送屋にも見てもらって写真あります。代わりを送って", "quality"),
        ("台風で祭りが中止になって前の日に電話でキャンセルしたのに全額請求来てる。払わないですよ", "contract"),
    ],
)
def test_why_an_invoice_is_contested_in_a_text_message(body: str, reason: str) -> None:
    dispute = read(body, channel="sms").dispute
    assert dispute is not None
    assert dispute.reason is DisputeReason(reason)


@pytest.mark.parametrize(
    "body",
    ["早めにやりますね", "はい、そのうちやっときます", "ごめんなさい、すぐやります", "事務の者に早急に処理させます。"],
)
def test_a_vague_answer_by_text_message_is_no_promise(body: str) -> None:
    reading = read(body, channel="sms")
    assert reading.intents == (Intent.ACKNOWLEDGEMENT,)
    assert "a promise without a day, or one that depends on something else" not in reading.doubts
