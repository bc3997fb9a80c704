"""Families of promises: shares, rests, rhythms, invoices singled out, days told by the way; several languages each."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from outreach.replies.dates import find_dates
from outreach.replies.model import Intent, OpenInvoice, Reply, ReplyContext
from outreach.replies.understand import understand_reply

MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
HOME = {
    "en": ("en_GB", "GBP"),
    "es": ("es_ES", "EUR"),
    "fr": ("fr_FR", "EUR"),
    "de": ("de_DE", "EUR"),
    "ja": ("ja_JP", "JPY"),
}
Parts = list[tuple[str, int | None]]


def read(language: str, text: str, *invoices: tuple[str, str]) -> tuple[Parts, tuple[str, ...]]:
    """The instalments (day, amount) and the invoices of a reply that came on Monday, 2 March 2026."""
    locale, currency = HOME[language]
    items = tuple(
        OpenInvoice(n, Decimal(a), currency, date(2026, 2, 20)) for n, a in invoices or (("INV-1041", "1200"),)
    )
    found = understand_reply(Reply("email", text, MONDAY, "UTC", locale), ReplyContext(items)).promise
    if found is None:
        return [], ()
    return [
        (p.date.isoformat()[5:], None if p.amount is None else int(p.amount)) for p in found.instalments
    ], found.invoices


THIRDS: Parts = [("03-06", 400), ("03-31", 400), ("04-30", 400)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We will pay a third on Friday, a third at the end of March and the last third at the end of April."),
        ("es", "Pagaremos un tercio el viernes, otro tercio el 31 de marzo y el último tercio el 30 de abril."),
        ("fr", "Nous paierons un tiers vendredi, un deuxième tiers le 31 mars et le dernier tiers le 30 avril."),
        ("de", "Wir zahlen ein Drittel am Freitag, ein weiteres Drittel am 31.03. und das letzte Drittel am 30.04."),
    ],
)
def test_shares_are_of_all_that_is_open(language: str, text: str) -> None:
    assert read(language, text, ("A-100", "800"), ("A-101", "400"))[0] == THIRDS


@pytest.mark.parametrize(
    ("language", "text", "rest"),
    [
        ("en", "Sending 300 today and the rest a week today.", ("03-09", 900)),
        ("es", "Hoy te paso 300 y lo que quede el 9 de marzo.", ("03-09", 900)),
        ("fr", "Je vous fais un virement de 300 € aujourd'hui et ce qui reste le 9 mars.", ("03-09", 900)),
        ("de", "Ich überweise heute 300 Euro, den Rest am 9. März.", ("03-09", 900)),
    ],
)
def test_a_rest_is_what_the_other_parts_leave(language: str, text: str, rest: tuple[str, int]) -> None:
    assert read(language, text)[0] == [("03-02", 300), rest]


def test_a_rest_that_tells_its_amount_is_one_part() -> None:
    text = "J'envoie 1000 demain pis le 200 qui reste le 31."
    assert read("fr", text)[0] == [("03-03", 1000), ("03-31", 200)]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("fr", "Les trois quarts partent vendredi, le dernier quart le 31 mars.", [("03-06", 900), ("03-31", 300)]),
        ("fr", "Je paie septante pour cent vendredi, le solde fin mars.", [("03-06", 840), ("03-31", 360)]),
        ("en", "I will pay half on Friday and the other on 31 March.", [("03-06", 600), ("03-31", 600)]),
        ("de", "Die Hälfte zahlen wir am Freitag, die andere am 31. März.", [("03-06", 600), ("03-31", 600)]),
    ],
)
def test_shares_are_told_in_many_ways(language: str, text: str, parts: Parts) -> None:
    assert read(language, text)[0] == parts


SINKING: Parts = [("03-06", 500), ("03-31", 350), ("04-30", 350)]
EVEN: Parts = [("03-06", 400), ("03-31", 400), ("04-30", 400)]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "We will pay 500 on Friday, then 350 on 31 March and on 30 April.", SINKING),
        ("en", "Two payments of £500 on Friday and 31 March and the remaining £200 on 30 April.",
         [("03-06", 500), ("03-31", 500), ("04-30", 200)]),
        ("fr", "Nous verserons 500 € vendredi, puis 350 € le 31 mars et le 30 avril.", SINKING),
        ("fr", "400 € vendredi, idem fin mars et fin avril.", EVEN),
        ("fr", "Nous réglons en trois échéances : le 6 mars, le 31 mars et le 30 avril.", EVEN),
    ],
)  # fmt: skip
def test_a_sum_goes_on_for_the_days_that_follow(language: str, text: str, parts: Parts) -> None:
    assert read(language, text)[0] == parts


LISTED: Parts = [("03-31", 500), ("04-30", 400), ("05-31", 300)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "What I'd like to propose:\n\n£500 end of March\n£400 end of April\n£300 end of May\n\nIs that all right?",
        ),
        (
            "fr",
            "Je vous confirme l'échéancier :\n- 500 € le 31 mars\n- 400 € le 30 avril\n- 300 € le 31 mai (un dimanche)",
        ),
        ("de", "Wir schlagen folgende Raten vor:\n- 500 € am 31.03.\n- 400 € am 30.04.\n- 300 € am 31.05."),
    ],
)
def test_each_line_of_a_list_is_an_instalment(language: str, text: str) -> None:
    assert read(language, text)[0] == LISTED


FRIDAYS: Parts = [("03-06", 300), ("03-13", 300), ("03-20", 300), ("03-27", 300)]
FIRSTS: Parts = [("04-01", 500), ("05-01", 500), ("06-01", 200)]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "I'll pay 300 every Friday starting this Friday till it's cleared.", FRIDAYS),
        (
            "en",
            "600 a fortnight starting this Friday until it's all paid please.",
            [("03-06", 600), ("03-20", 600)],
        ),
        (
            "fr",
            "Je vous propose 300 euros tous les vendredis à partir de ce vendredi jusqu'à ce que ce soit soldé.",
            FRIDAYS,
        ),
        (
            "de",
            "Ich zahle in Raten, 500 Euro jeden Monat, ab 1.4. dann immer zum 1. Dauerauftrag mache ich morgen.",
            FIRSTS,
        ),
        (
            "ja",
            "4月から6月まで毎月1日に400円ずつ、3回に分けてお支払いいたします。",
            [("04-01", 400), ("05-01", 400), ("06-01", 400)],
        ),
    ],
)
def test_a_rhythm_runs_from_its_first_day_until_all_is_paid(language: str, text: str, parts: Parts) -> None:
    assert read(language, text)[0] == parts


def test_how_often_something_happens_is_no_number_of_payments() -> None:
    text = "Le règlement interviendra à la mi-mars, notre trésorier n'étant présent que deux fois par mois."
    assert read("fr", text)[0] == [("03-15", None)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Small one I'll pay on Friday, the big one will be paid at the end of March."),
        ("fr", "La petite part vendredi, la grosse à la fin du mois, je paie tout comme ça."),
        ("de", "Die kleinere zahlen wir am Freitag, die größere zahlen wir zum Monatsende."),
        ("en", "The one ending 100 will be paid on Friday, the other one on 31 March."),
    ],
)
def test_invoices_singled_out_have_a_day_each(language: str, text: str) -> None:
    parts, invoices = read(language, text, ("A-100", "400"), ("A-101", "800"))
    assert parts == [("03-06", 400), ("03-31", 800)]
    assert invoices == ("A-100", "A-101")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die 417 und die 431 gehen am Freitag raus, die zahlen wir."),
        ("fr", "La 417 et la 431 seront payées vendredi."),
        ("es", "Pagaremos la 417 y la 431 el viernes."),
    ],
)
def test_last_digits_name_an_invoice_and_are_no_sum(language: str, text: str) -> None:
    found = read(language, text, ("ZK-250417", "900"), ("ZK-250431", "300"), ("ZK-250466", "700"))
    assert found == ([("03-06", None)], ("ZK-250417", "ZK-250431"))


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "Don is in Tulsa through Thursday. It'll go out sometime next week.", "03-13"),
        ("en", "Will bang it over tmrw 1st thing before i go up again", "03-03"),
        ("en", "Paying it fri 1st light before we set off.", "03-06"),
        (
            "en",
            "Your letter says 'payment on Friday'. I never agreed it, it will NOT be going on Friday. "
            "Yours comes out of the month end run.",
            "03-31",
        ),
        ("en", "Whether the council settles with us or not, it will be paid on 28 March.", "03-28"),
        ("en", "It's leaving here nxt wk thurs.", "03-12"),
        ("en", "We said Friday. It can't be Friday now, it'll be Tuesday.", "03-03"),
        ("en", "Toowong mob settle up with me 2moro arvo, yours gets chucked thru day after tomorrow", "03-04"),
        ("en", "It's our year end on 31 March so we are clearing everything by the 28th, yours included.", "03-28"),
        ("en", "wont make thursday, will be monday 4 sure", "03-09"),
        ("en", "This time next week it'll be done.", "03-09"),
        ("en", "The direct debit bounced. Please try it again on the 20th, the money's there from the 19th.", "03-20"),
        ("en", "If you haven't had it by Friday shout, it's going today.", "03-02"),
        ("en", "Me and the missus get paid Thursday, so you'll see it sat morning at the latest", "03-07"),
        ("en", "We've moved off paying on the 20th. Yours goes out in the mid-month batch.", "03-15"),
        ("en", "We used to pay on the 20th but from this month it's the 28th, so look out for it then.", "03-28"),
        ("en", "Your invoice is arranged for GIRO, value date 05.03.2026. Our office is closed on 9 March.", "03-05"),
        ("en", "Pretty sure we can get that wired on the 9th, our controller isn't in again till the 20th.", "03-09"),
        ("es", "Bajo el jueves y el viernes le deposito los 1200.", "03-06"),
        ("fr", "Nous vous réglons mardi prochain... enfin non, nous vous réglons mercredi 11.", "03-11"),
    ],
)
def test_a_day_told_by_the_way_is_none_of_payment(language: str, text: str, day: str) -> None:
    assert [d for d, _ in read(language, text)[0]] == [day]


def test_what_is_kept_back_is_no_payment() -> None:
    text = "We are deducting £200.00 and paying the balance of £1,000.00 on 13/03/2026."
    assert read("en", text)[0] == [("03-13", 1000)]


def test_an_answer_below_a_whole_mail_is_about_all_that_it_names() -> None:
    text = (
        "On 02/03/2026 09:00, Accounts wrote:\n> The balance of £1,200.00 (A-100 £800.00 and A-101 £400.00)\n"
        "> is overdue.\n\nI'll pay half now and half at the end of March.\n"
    )
    assert read("en", text, ("A-100", "800"), ("A-101", "400"))[0] == [("03-02", 600), ("03-31", 600)]


@pytest.mark.parametrize(
    ("text", "parts", "invoices"),
    [
        ("The older one goes out tomorrow. The rest follow on the 31st.", [("03-03", 900), ("03-31", 300)], ()),
        ("B-7 goes on Friday, the others on 31 March.", [("03-06", 200), ("03-31", 1000)], ("A-7", "B-7", "C-7")),
        ("The other two will be paid on Friday, C-7 is on hold.", [("03-06", None)], ("A-7", "B-7")),
    ],
)
def test_the_rest_of_several_invoices_are_those_not_named(text: str, parts: Parts, invoices: tuple[str, ...]) -> None:
    items = (OpenInvoice("A-7", Decimal(900), "GBP", date(2026, 1, 20)),)
    items += tuple(OpenInvoice(n, Decimal(a), "GBP", date(2026, 2, 20)) for n, a in (("B-7", 200), ("C-7", 100)))
    found = understand_reply(Reply("email", text, MONDAY, "UTC", "en_GB"), ReplyContext(items)).promise
    assert found is not None
    told = [(p.date.isoformat()[5:], None if p.amount is None else int(p.amount)) for p in found.instalments]
    assert (told, found.invoices) == (parts, invoices)


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "Half this Friday, the other half the Friday after.", [("03-06", 600), ("03-13", 600)]),
        ("en", "400 on Friday, 400 a week later and 400 a week after that.",
         [("03-06", 400), ("03-13", 400), ("03-20", 400)]),
        ("en", "40 percent on Monday and the rest a fortnight later.", [("03-09", 480), ("03-23", 720)]),
        ("en", "300 on the 1st of April, then 450 on the 1st of May and June.",
         [("04-01", 300), ("05-01", 450), ("06-01", 450)]),
        ("es", "La mitad el viernes y la otra mitad el viernes siguiente.", [("03-06", 600), ("03-13", 600)]),
        ("fr", "La moitié vendredi et l'autre moitié une semaine plus tard.", [("03-06", 600), ("03-13", 600)]),
        ("de", "Die Hälfte am Freitag, die andere Hälfte den Freitag darauf.", [("03-06", 600), ("03-13", 600)]),
    ],
)  # fmt: skip
def test_a_day_may_be_told_by_the_one_before(language: str, text: str, parts: Parts) -> None:
    assert read(language, text)[0] == parts


def test_so_much_a_week_from_a_day_is_a_rhythm() -> None:
    assert read("en", "can do 400 a week from this friday")[0] == [("03-06", 400), ("03-13", 400), ("03-20", 400)]
    assert read("en", "I can pay a week from Friday")[0] == [("03-13", None)]


IN_TURN: Parts = [("03-20", 300), ("04-20", 300), ("05-20", 300), ("06-20", 300)]


@pytest.mark.parametrize(
    "text",
    [
        "今月から毎月20日に4回、同じ額ずつで払わせてもらえませんか。",
        "3月から毎月20日に300円ずつ4回、これで頼めませんか。",
        "3月20日を初回に、毎月20日に4分割でお支払いします。",
        "3月、4月、5月、6月の各20日に300円ずつ振り込みます。",
        "3月から6月まで、毎月、20日に300円を振り込みます。",
        "今月から毎月20日に300円ずつ、6月20日に残りを全部払います。",
        "4回に分けて払います。3月20日、4月20日、5月20日、6月20日です。",
    ],
)
def test_a_japanese_rhythm_names_its_day_and_its_months(text: str) -> None:
    assert read("ja", text)[0] == IN_TURN


def test_days_with_sums_of_their_own_are_offered_even_in_a_question() -> None:
    assert read("ja", "今月末に600円、来月末に600円でお願いできますか。")[0] == [("03-31", 600), ("04-30", 600)]


def test_a_day_in_a_clause_before_a_question_about_something_else_is_promised() -> None:
    assert read("ja", "来週の月曜に銀行で払うんで、このショートメールはもう止めてもらえます？")[0] == [("03-09", None)]


def test_a_rest_is_what_a_payment_made_leaves() -> None:
    assert read("ja", "本日500円を振り込みました。残りは3月20日にお支払いします。")[0] == [("03-20", 700)]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("es", "600 el 15 de marzo y lo mismo el 29 de marzo.", [("03-15", 600), ("03-29", 600)]),
        ("es", "El viernes te paso 500 y liquido el 29 de marzo.", [("03-06", 500), ("03-29", 700)]),
        ("es", "El 40 % mañana y el 60 restante el 29 de marzo.", [("03-03", 480), ("03-29", 720)]),
        ("es", "400 los días 10, 20 y 30.", [("03-10", 400), ("03-20", 400), ("03-30", 400)]),
        ("en", "We pay 500 on Friday and settle up on 29 March.", [("03-06", 500), ("03-29", 700)]),
        ("en", "600 goes out on 15 March and the same again on 29 March.", [("03-15", 600), ("03-29", 600)]),
        ("fr", "Nous versons 500 € vendredi et soldons le 29 mars.", [("03-06", 500), ("03-29", 700)]),
        ("de", "40 % überweisen wir am Freitag, die übrigen 60 am 29. März.", [("03-06", 480), ("03-29", 720)]),
    ],
)
def test_sums_are_told_by_others(language: str, text: str, parts: list[tuple[str, int]]) -> None:
    assert read(language, text)[0] == parts


def test_a_note_is_paid_when_it_falls_due() -> None:
    text = "Firmamos la letra aceptada el jueves, con vencimiento 30/06/2026."
    assert [d for d, _ in read("es", text)[0]] == ["06-30"]


@pytest.mark.parametrize(
    "text",
    [
        "Am 6.3. überweise ich die A-7. Die B-7 und die C-7 folgen am 20.3.",
        "A-7: 6.3.\nB-7: 20.3.\nC-7: 20.3.",
        "A-7 -> 6.3.\nB-7/C-7 -> 20.3. (die kamen später)",
        "Die A-7 kommt am Freitag, der Rest am 20.3.",
        "A-7 am Freitag, B-7 und C-7 am 20.3.",
    ],
)
def test_each_invoice_goes_with_the_day_beside_it(text: str) -> None:
    items = tuple(
        OpenInvoice(n, Decimal(a), "EUR", date(2026, 2, 20)) for n, a in (("A-7", 900), ("B-7", 200), ("C-7", 100))
    )
    found = understand_reply(Reply("email", text, MONDAY, "UTC", "de_DE"), ReplyContext(items)).promise
    assert found is not None
    assert [(p.date.isoformat()[5:], p.amount) for p in found.instalments] == [("03-06", 900), ("03-20", 300)]


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("de", "600 am Freitag, danach 2 x 300 am 1.4. und 1.5.", [("03-06", 600), ("04-01", 300), ("05-01", 300)]),
        ("de", "Ich zahle je 400 am 1.4., 1.5. und 1.6.", [("04-01", 400), ("05-01", 400), ("06-01", 400)]),
        (
            "en",
            "£600 on Friday, then twice £300 on 1 April and 1 May.",
            [("03-06", 600), ("04-01", 300), ("05-01", 300)],
        ),
    ],
)
def test_a_sum_may_be_paid_on_each_of_several_days(language: str, text: str, parts: Parts) -> None:
    assert read(language, text)[0] == parts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wir zahlen am Freitag abzüglich 2 % Skonto."),
        ("de", "Unter Abzug von 2 % Skonto überweisen wir am Freitag 1.176 Euro."),
        ("en", "We will pay on Friday less the 2% early payment discount."),
        ("fr", "Nous réglons vendredi sous déduction de 2 % d'escompte."),
    ],
)
def test_a_discount_is_taken_off(language: str, text: str) -> None:
    assert read(language, text)[0] == [("03-06", 1176)]


def test_a_number_in_one_word_with_what_it_counts_is_no_sum() -> None:
    assert read("de", "bin mitm 40tonner unterwegs, freitag überweis ich")[0] == [("03-06", None)]


def test_what_was_sent_arrives_on_no_day_of_payment() -> None:
    assert read("en", "The transfer was made this morning. It should be in your account on Wednesday.")[0] == []


def test_the_rest_of_a_contested_invoice_is_what_is_left_of_it() -> None:
    text = "We dispute £50 of it, wrong price. The undisputed balance goes out on Friday."
    assert read("en", text)[0] == [("03-06", 1150)]


def test_a_sum_that_is_denied_is_not_paid() -> None:
    assert read("en", "You will get £950.00 on Friday, not £1,200.")[0] == [("03-06", 950)]


def test_what_is_grand_is_no_thousand() -> None:
    assert read("en", "Grand, sure I'll lodge it tomorrow on me lunch.")[0] == [("03-03", None)]
    assert read("en", "I'll put a grand through tomorrow and the rest on the 20th.")[0] == [
        ("03-03", 1000),
        ("03-20", 200),
    ]


def test_a_price_at_the_end_of_a_sentence_is_no_day() -> None:
    assert read("en", "The rate was £14.20 and you charged £15.10. We pay it all on Friday.")[0] == [("03-06", None)]


def test_the_same_answer_is_about_the_next_invoice_too() -> None:
    text = "> A-100 800.00 due 20 Feb\n\nFriday's run\n\n> A-101 400.00 due 20 Feb\n\nsame\n\n> Any questions?\n\nno"
    assert read("en", text, ("A-100", "800"), ("A-101", "400"), ("A-102", "10"))[1] == ("A-100", "A-101")


def test_who_forwards_an_answer_without_a_word_adopts_it() -> None:
    body = (
        "As per Ray:\n\nFrom: Ray Mott\nSent: 2 March 2026 09:10\nTo: Accounts\nSubject: RE: Overdue\n\n"
        "Fine by me, put it on the 20 March run.\n\nFrom: Accounts\nSent: 2 March 2026 08:55\nTo: Ray Mott\n"
        "Subject: FW: Overdue\n\nok to pay?\n"
    )
    items = (OpenInvoice("A-7", Decimal(900), "GBP", date(2026, 1, 20)),)
    reply = Reply("email", body, MONDAY, "UTC", "en_GB", subject="FW: Overdue")
    found = understand_reply(reply, ReplyContext(items)).promise
    assert found is not None
    assert found.instalments[0].date == date(2026, 3, 20)
    body = body.replace("As per Ray:", "Passing along what Ray in transport came back with, take it as our response.")
    found = understand_reply(replace(reply, body=body), ReplyContext(items)).promise
    assert found is not None
    assert found.instalments[0].date == date(2026, 3, 20)


def test_two_thirds_may_be_the_others() -> None:
    assert read("en", "Sending you a third of it today and the other 2 thirds on the 20th.")[0] == [
        ("03-02", 400),
        ("03-20", 800),
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Te la transfiero hoy antes de comer, así que el jueves la tendrías que ver en el banco.", "03-02"),
        ("Mando la orden mañana, llegará el viernes a vuestro banco.", "03-03"),
        ("We'll send the transfer on Wednesday, you should receive it on Friday.", "03-04"),
        ("Nous faisons le virement mercredi, il vous arrivera vendredi.", "03-04"),
    ],
)
def test_what_is_sent_on_one_day_and_arrives_on_another_is_paid_on_the_first(text: str, day: str) -> None:
    language = "es" if "viernes" in text or "jueves" in text else "en" if "send" in text else "fr"
    assert [part[0] for part in read(language, text)[0]] == [day]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Un 30% hoy y el resto en dos cuotas iguales, el 9/4 y el 11/5.", [360, 420, 420]),
        ("Hoy 400, y lo demás en dos pagos iguales: 1 de abril y 4 de mayo.", [400, 400, 400]),
        ("30% today and the rest in two payments, on 9 April and 11 May.", [360, 420, 420]),
    ],
)
def test_a_rest_may_be_paid_in_parts(text: str, parts: list[int]) -> None:
    assert [amount for _, amount in read("en" if "today" in text else "es", text)[0]] == parts


HALVES: Parts = [("03-15", 300), ("03-31", 300), ("04-15", 300), ("04-30", 300)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Cuatro exhibiciones de 300 € cada una, los días 15 y último de cada mes, la primera el 15 de marzo.", HALVES),
        ("Le propongo pagar 300 € cada quincena a partir de esta, hasta terminar.", HALVES),
        (
            "Cuatro pagos de 300 € los días 10 y 25 de cada mes, empezando el 10 de marzo.",
            [("03-10", 300), ("03-25", 300), ("04-10", 300), ("04-25", 300)],
        ),
    ],
)
def test_two_days_of_each_month_are_a_rhythm(text: str, parts: Parts) -> None:
    assert read("es", text)[0] == parts


def test_a_week_like_the_one_before_goes_on() -> None:
    parts = [("03-06", 480), ("03-13", 720)]
    assert read("es", "Un 40 % esta semana y el 60 % restante la que viene.")[0] == parts


def test_at_once_is_today_beside_a_word_of_paying() -> None:
    assert [day for day, _ in read("es", "ahorita le deposito jefe, estoy entrando a la app")[0]] == ["03-02"]
    assert read("es", "Ahorita no tengo a la mano ese dato, se lo busco.")[0] == []


def test_who_refuses_a_part_contests_it_beside_a_promise() -> None:
    text = "Pagaremos 1.000 el viernes; los 200 restantes son de la mesa que vino rayada y no los vamos a pagar."
    items = ReplyContext((OpenInvoice("INV-1041", Decimal(1200), "EUR", date(2026, 2, 20)),))
    found = understand_reply(Reply("email", text, MONDAY, "UTC", "es_ES"), items)
    assert found.promise is not None
    assert found.dispute is not None
    assert found.dispute.amount == 200


def test_accents_tell_what_is_paid_from_what_was_paid() -> None:
    invoices = ("A-100", "700"), ("A-101", "500")
    text = "La A-100 la abonamos el día 9. La A-101 la pago el 27."
    assert read("es", text, *invoices)[0] == [("03-09", 700), ("03-27", 500)]


def test_a_million_leaves_its_thousands_unsaid_in_spanish() -> None:
    parts = read("es", "El viernes te paso el millón doscientos.", ("A-100", "2000000"))[0]
    assert parts == [("03-06", 1200000)]


def test_invoices_are_told_by_the_month_in_which_they_fell_due() -> None:
    context = ReplyContext(
        tuple(OpenInvoice(n, Decimal(500), "EUR", date(2026, m, 20)) for n, m in (("A-1", 1), ("A-2", 2)))
    )
    text = "La que venció en enero la pago el viernes."
    found = understand_reply(Reply("email", text, MONDAY, "UTC", "es_ES"), context).promise
    assert found is not None
    assert found.invoices == ("A-1",)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Te mando 700 ahora para cancelar la A-100 y la otra la semana que viene.", [("03-02", 700), ("03-13", 500)]),
        ("Pago hoy la A-101 y el 30 el resto.", [("03-02", 500), ("03-30", 700)]),
        ("La primera el 9 y la siguiente el 30.", [("03-09", 700), ("03-30", 500)]),
    ],
)
def test_each_invoice_goes_with_the_day_on_its_side(text: str, parts: Parts) -> None:
    assert read("es", text, ("A-100", "700"), ("A-101", "500"))[0] == parts


def test_the_thousands_go_on_where_that_makes_the_whole() -> None:
    text = "Le entrego veinte mil el viernes y los veintiocho que faltan el 20 de marzo."
    assert read("es", text, ("A-100", "48000"))[0] == [("03-06", 20000), ("03-20", 28000)]


def test_a_day_of_return_is_none_of_payment() -> None:
    assert read("es", "Vuelvo de viaje el 14 y el 16 os pago.")[0] == [("03-16", None)]


def test_two_parts_are_a_plan_only_where_they_are_called_one() -> None:
    items = ReplyContext((OpenInvoice("INV-1041", Decimal(1200), "EUR", date(2026, 2, 20)),))
    found = understand_reply(Reply("sms", "600 el 15/4 // 600 el 15/5, ok?", MONDAY, "UTC", "es_ES"), items)
    assert found.intents == (Intent.PROMISE_TO_PAY,)


def test_a_verb_of_both_tenses_is_read_by_its_day() -> None:
    assert read("es", "Ambas facturas las pagamos el 20 de marzo.")[0] == [("03-20", None)]


@pytest.mark.parametrize(
    "text",
    [
        "Sale pagada completa el 30. El 24 no, porque ese día solo van nóminas.",
        "Te la transfiero el lunes 30. El viernes no hay remesa.",
        "El 24 no me es posible, os la transferimos el 30.",
    ],
)
def test_a_day_that_is_ruled_out_is_none_of_payment(text: str) -> None:
    assert [day for day, _ in read("es", text)[0]] == ["03-30"]


def test_goods_that_are_counted_are_no_part_of_a_promise() -> None:
    text = "hoy va la mitad y la otra mitad el lunes, tengo 40 invitados el sabado"
    assert read("es", text)[0] == [("03-02", 600), ("03-09", 600)]


def test_a_weekday_tells_the_month_of_a_day() -> None:
    found = find_dates("Os la abonamos el viernes 29.", date(2026, 5, 13), "es_ES")
    assert [(f.date, f.past) for f in found] == [(date(2026, 5, 29), date(2026, 5, 29))]


def test_a_text_that_opens_as_automatic_promises_nothing() -> None:
    text = "*** RESPUESTA AUTOMÁTICA ***\n\nCerrado hasta el 30 de marzo. Los pagos se realizan los días 10 y 25."
    found = understand_reply(Reply("email", text, MONDAY, "UTC", "es_ES"), ReplyContext())
    assert found.intents == (Intent.OUT_OF_OFFICE,)
    assert found.promise is None


@pytest.mark.parametrize("text", ["Ya está pagada.", "¿Me aguanta hasta el 20? Es que no me han pagado unas puertas."])
def test_what_says_one_thing_plainly_needs_nobody(text: str) -> None:
    items = ReplyContext((OpenInvoice("INV-1041", Decimal(1200), "EUR", date(2026, 2, 20)),))
    found = understand_reply(Reply("email", text, MONDAY, "UTC", "es_ES"), items)
    assert not found.needs_human
