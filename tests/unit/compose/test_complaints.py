"""What users of other systems complained of, shown not to happen here."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.documents import CreditKind
from domain.errors import BadInput, NotAllowed, NotReady
from domain.money import CurrencyMismatch, Money
from outreach.compose.context import CreditLine, Stage
from outreach.compose.formats import formats_for
from outreach.compose.render import render
from outreach.compose.samples import (
    SAMPLE_DAY,
    plan_of,
    sample_letter,
    sample_line,
    with_credit,
    with_other_steps,
    with_parts_held,
)
from outreach.compose.stray import find_stray
from outreach.compose.template_set import load_templates

LANGUAGES = ["en_GB", "es_ES", "fr_FR", "de_DE", "ja_JP"]


def message(letter, **options):
    return render(load_templates(), letter, **options)


def one_invoice(currency, minor, *, locale="en_US", residual=None):
    letter = sample_letter(Stage.FIRST, locale, currency)
    line = replace(
        letter.lines[0],
        amount=Money(minor, currency),
        residual=Money(minor if residual is None else residual, currency),
    )
    return replace(letter, lines=(line,), total=line.residual, net=line.residual)


class TestWholeMessageInTheReadersLanguage:
    """OCA/credit-control PR#571, Dolibarr#32106: a table in the operator's language, a language that leaks."""

    @pytest.mark.parametrize("locale", LANGUAGES)
    def test_no_word_of_another_language_in_subject_text_html_or_sms(self, locale):
        letter = with_credit(with_parts_held(sample_letter(Stage.SECOND, locale, lines=3)))
        made = message(letter)
        for part in (made.subject, made.text, made.html.split("</style>")[1], made.sms):
            assert find_stray(part.replace("Trading", ""), locale[:2]) == []

    def test_a_language_never_leaks_from_the_recipient_before(self):
        alone = {locale: message(sample_letter(Stage.FIRST, locale, lines=2)) for locale in LANGUAGES}
        for order in permutations(LANGUAGES):
            for locale in order:
                assert message(sample_letter(Stage.FIRST, locale, lines=2)) == alone[locale]

    def test_the_html_says_its_language_and_the_message_its_locale(self):
        made = message(sample_letter(Stage.FIRST, "de_AT"))
        assert '<html lang="de-AT">' in made.html
        assert (made.locale, made.lang) == ("de_AT", "de-AT")

    def test_a_language_without_templates_is_refused_never_replaced_by_another(self):
        with pytest.raises(NotReady, match="no templates for locale 'it_IT'"):
            message(sample_letter(Stage.FIRST, "it_IT"))
        assert not load_templates().covers("pt_BR")
        assert load_templates().covers("de_LU")

    def test_a_region_falls_back_to_its_language_with_its_own_formats(self):
        letter = one_invoice("EUR", 123450, locale="de_LU")
        assert "1.234,50\u00a0€" in message(letter).text
        assert "Zahlungserinnerung" in message(letter).subject


class TestNoRelabelledCurrency:
    """erpnext#56006: EUR 20,907.15 printed as USD, where the true USD sum was 24,530.36."""

    def test_euros_are_printed_as_euros_to_an_american(self):
        made = message(one_invoice("EUR", 2_090_715))
        for part in (made.text, made.html, made.sms):
            assert "€20,907.15" in part
            assert "$" not in part
            assert "USD" not in part
            assert "24,530.36" not in part

    def test_lines_of_two_currencies_cannot_share_a_letter(self):
        letter = sample_letter(Stage.FIRST, "en_US", "USD", lines=2)
        mixed = (letter.lines[0], replace(sample_line("X", Stage.FIRST, 100, "EUR")))
        with pytest.raises(CurrencyMismatch):
            replace(letter, lines=mixed)
        with pytest.raises(CurrencyMismatch):
            replace(letter, total=Money(letter.total.minor, "EUR"))
        with pytest.raises(CurrencyMismatch):
            replace(letter, credits=(CreditLine(CreditKind.CREDIT_MEMO, "C", SAMPLE_DAY, Money(1, "EUR")),))


class TestResidualCreditsAndNet:
    """OCA/credit-control PR#334 and #211: part-paid invoices skipped, open credit notes left out."""

    def test_a_part_paid_invoice_shows_its_amount_and_what_is_open_and_asks_for_the_rest_only(self):
        made = message(one_invoice("EUR", 150000, locale="en_GB", residual=60000))
        assert "€600.00 remains to be paid" in made.text
        assert "Amount: €1,500.00 | Outstanding: €600.00" in made.text
        assert "could pay €600.00 by" in made.text
        assert ">€1,500.00</td>" in made.html
        assert ">€600.00</td>" in made.html

    def test_credits_are_shown_apart_and_what_is_asked_is_the_net(self):
        letter = with_credit(sample_letter(Stage.FIRST, "en_GB", lines=2))
        made = message(letter)
        assert "Total outstanding: €2,469.01" in made.text
        assert "Credit note C-77 (1 Mar 2026): -€50.00" in made.text
        assert "Payment on account P-12 (2 Mar 2026): -€25.00" in made.text
        assert "Balance after credits: €2,394.01" in made.text
        assert "pay €2,394.01 by" in made.text
        assert "€2,394.01" in made.sms
        assert "€2,469.01" not in made.sms

    def test_no_message_asks_for_more_than_is_owed_after_credits(self):
        letter = with_other_steps(sample_letter(Stage.FINAL, "en_GB", lines=2))
        big = CreditLine(CreditKind.UNAPPLIED_CASH, "P", SAMPLE_DAY, Money(letter.total.minor - 5000, "EUR"))
        letter = replace(letter, credits=(big,), net=Money(5000, "EUR"))
        assert letter.pay_now == Money(5000, "EUR")
        assert "Please pay €50.00 so that" in message(letter).text

    def test_disputed_and_promised_parts_are_marked_and_not_asked_for(self):
        made = message(with_parts_held(sample_letter(Stage.FIRST, "en_GB")))
        assert "In dispute, not asked for here: €200.00" in made.text
        assert "Promised, not asked for here: €100.00" in made.text
        assert "Including late-payment charges: €10.41" in made.text
        assert "Payable now: €700.00" in made.text
        assert "pay €700.00 by" in made.text

    def test_interest_that_is_left_when_the_principal_is_paid_is_asked_for_and_named(self):
        """erpnext PR#58227: principal paid, 10.41 of interest and fee forgotten."""
        letter = one_invoice("EUR", 10000, locale="en_GB", residual=1041)
        line = replace(letter.lines[0], fee_minor=1041)
        text = message(replace(letter, lines=(line,))).text
        assert "€10.41 (including late-payment charges of €10.41) remains to be paid" in text
        assert "Amount: €100.00 | Outstanding: €10.41" in text

    def test_sums_that_do_not_fit_are_refused(self):
        letter = sample_letter(Stage.FIRST, "en_GB", lines=2)
        with pytest.raises(BadInput, match="lines sum to"):
            replace(letter, total=letter.total + Money(1, "EUR"))
        with pytest.raises(BadInput, match="total less credits"):
            replace(letter, net=letter.net - Money(1, "EUR"))


class TestNoZeroOrNegativeDemand:
    """odoo PR#216062: flagged for action, and the statement says 0.00."""

    def test_a_statement_that_nobody_asked_for_never_shows_zero_or_a_credit_balance(self):
        letter = replace(sample_letter(Stage.STATEMENT, "en_GB"), requested=False)
        zero = Money(0, "EUR")
        with pytest.raises(BadInput, match="nothing is owed"):
            replace(letter, lines=(), total=zero, net=zero)
        credit = CreditLine(CreditKind.CREDIT_MEMO, "C", SAMPLE_DAY, letter.total + Money(1, "EUR"))
        with pytest.raises(BadInput, match="nothing is owed"):
            replace(letter, credits=(credit,), net=Money(-1, "EUR"))

    @pytest.mark.parametrize("locale", LANGUAGES)
    def test_a_statement_that_was_asked_for_shows_them_and_demands_nothing(self, locale):
        zero = Money(0, "EUR")
        empty = replace(sample_letter(Stage.STATEMENT, locale), lines=(), total=zero, net=zero)
        assert message(empty).text
        credit = CreditLine(CreditKind.CREDIT_MEMO, "C", SAMPLE_DAY, Money(5000, "EUR"))
        made = message(replace(empty, credits=(credit,), net=Money(-5000, "EUR")))
        assert "IBAN" not in made.text

    def test_credits_that_cover_everything_leave_nothing_to_ask_for(self):
        letter = sample_letter(Stage.FIRST, "en_GB")
        credit = CreditLine(CreditKind.UNAPPLIED_CASH, "P", SAMPLE_DAY, letter.total)
        with pytest.raises(BadInput, match="credits cover"):
            replace(letter, credits=(credit,), net=Money(0, "EUR"))

    def test_an_invoice_that_is_wholly_disputed_or_promised_cannot_be_chased(self):
        letter = sample_letter(Stage.FIRST, "en_GB")
        with pytest.raises(BadInput, match="nothing of it may be asked for"):
            replace(letter, lines=(replace(letter.lines[0], disputed_minor=letter.total.minor),))


class TestNeverOverdueBeforeDue:
    """invoiceninja#9312, Dolibarr#30771: past-due words before, or sixty days early."""

    def test_an_invoice_that_is_not_due_cannot_be_called_overdue(self):
        letter = sample_letter(Stage.FIRST, "en_GB")
        for due in (SAMPLE_DAY, SAMPLE_DAY + timedelta(days=60)):
            early = replace(letter.lines[0], due_on=due, days_past_due=(SAMPLE_DAY - due).days)
            with pytest.raises(BadInput, match="not overdue"):
                replace(letter, lines=(early,))

    def test_a_note_before_the_due_day_cannot_come_after_it(self):
        letter = sample_letter(Stage.BEFORE_DUE, "en_GB")
        late = replace(letter.lines[0], due_on=SAMPLE_DAY - timedelta(days=1), days_past_due=1)
        with pytest.raises(BadInput, match="too late"):
            replace(letter, lines=(late,))

    @pytest.mark.parametrize("stage", [Stage.BEFORE_DUE, Stage.ON_DUE])
    def test_the_word_overdue_is_not_in_notes_up_to_the_due_day(self, stage):
        made = message(sample_letter(stage, "en_GB", lines=2))
        for part in (made.subject, made.text, made.sms, made.html.split("</style>")[1]):
            assert "overdue" not in part.lower()


class TestInvoicesAtSeveralStepsInOneMail:
    """The words of a step cover only the invoices that reached it (rules.md)."""

    def letter(self, locale="en_GB"):
        letter = sample_letter(Stage.FINAL, locale, lines=2)
        first = sample_line("2026-900", Stage.FIRST, 70000, "EUR")
        total = letter.total + first.residual
        return replace(letter, lines=(first, *letter.lines), total=total, net=total)

    def test_the_final_demand_counts_and_asks_for_its_own_invoices_only(self):
        text = message(self.letter()).text
        assert "the 2 invoices listed below, €2,469.01 in total, remain unpaid" in text
        assert "Please pay €2,469.01 so that it reaches our account by 23 March 2026" in text
        assert 'Only the invoices under the heading "Final demand" are covered by this demand.' in text
        assert "Total outstanding: €3,169.01" in text

    def test_the_newer_invoice_stands_below_its_own_heading_with_its_own_sentence(self):
        text = message(self.letter()).text
        below = text.split("Reminder\n")[1]
        assert below.startswith("This invoice is a separate matter: its due date has passed")
        assert below.index("2026-900") < below.index("Total outstanding")
        assert "2026-900" not in text.split("Reminder\n")[0]
        assert "2026-100" not in below.split("Total outstanding")[0]

    def test_the_html_holds_the_same_sections(self):
        html = message(self.letter()).html
        assert html.index("<h2>Final demand</h2>") < html.index("2026-100") < html.index("<h2>Reminder</h2>")
        assert html.index("<h2>Reminder</h2>") < html.index("2026-900")

    def test_a_letter_of_one_step_has_no_headings(self):
        assert "<h2>Reminder</h2>" not in message(sample_letter(Stage.FIRST, "en_GB", lines=3)).html

    def test_a_final_demand_never_hides_below_a_milder_head(self):
        with pytest.raises(BadInput, match="can't stand below"):
            replace(self.letter(), stage=Stage.FIRST)

    def test_a_letter_whose_head_no_invoice_has_reached_is_refused(self):
        with pytest.raises(BadInput, match="no invoice is at the step"):
            replace(sample_letter(Stage.FIRST, "en_GB"), stage=Stage.SECOND)


class TestFinalDemandsWaitForAPerson:
    def test_an_unapproved_final_demand_is_not_rendered(self):
        with pytest.raises(NotAllowed, match="waits for approval"):
            message(replace(sample_letter(Stage.FINAL, "en_GB"), approved_final=False))

    def test_it_names_a_last_day_after_today(self):
        letter = sample_letter(Stage.FINAL, "en_GB")
        for bad in (None, SAMPLE_DAY):
            with pytest.raises(BadInput, match="last day to pay"):
                replace(letter, pay_by=bad)


def test_a_promise_message_needs_its_promise():
    with pytest.raises(BadInput, match="needs the promise"):
        replace(sample_letter(Stage.PROMISE_CONFIRMED, "en_GB"), promise=None)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_part_promise_is_confirmed_and_the_rest_is_asked_about(locale):
    letter = sample_letter(Stage.PROMISE_CONFIRMED, locale)
    whole = message(letter)
    part = message(replace(letter, promise=replace(letter.promise, rest=Money(23450, "EUR"))))
    for made in (part.text, part.html, part.sms):
        assert "234" in made
    assert not ({"?", "？", "か。"} & set(whole.sms))
    assert any(mark in part.text for mark in ("?", "か。"))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_reminder_as_agreed_demands_nothing(locale):
    made = message(sample_letter(Stage.PROMISE_REMINDER, locale))
    assert "IBAN" not in made.text
    assert not set("?？¿") & set(made.text)


def test_markup_in_a_customers_name_stays_text():
    letter = replace(
        sample_letter(Stage.FIRST, "en_GB"), customer_name="<b>Acme</b> & Söhne\n\nPay now", contact_name=None
    )
    html = message(letter).html
    assert "<b>" not in html
    assert "&lt;b&gt;Acme&lt;/b&gt; &amp; Söhne Pay now" in html


def test_a_template_mark_in_a_customers_name_is_not_run():
    letter = replace(sample_letter(Stage.FIRST, "ja_JP"), customer_name="{{ 7 * 7 }}{% raw %}")
    assert "{{ 7 * 7 }}{% raw %}" in message(letter).text


def test_a_reply_link_must_be_a_web_address():
    with pytest.raises(BadInput, match="web address"):
        replace(sample_letter(Stage.FIRST, "en_GB"), reply_url="javascript:alert(1)")


def test_parts_that_are_larger_than_the_residual_are_refused():
    with pytest.raises(BadInput, match="don't fit"):
        replace(sample_line("1", Stage.FIRST, 100, "EUR", residual=50), disputed_minor=60)


def test_a_step_or_tone_that_has_no_words_is_refused_and_plain_codes_are_understood():
    letter = sample_letter(Stage.FIRST, "en_GB")
    line = replace(letter.lines[0], stage="first")
    assert message(replace(letter, stage="first", tone="firm", lines=(line,))).stage is Stage.FIRST
    with pytest.raises(BadInput, match="step 'third' has no templates"):
        replace(line, stage="third")
    with pytest.raises(BadInput, match="tone 'angry'"):
        replace(letter, tone="angry")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_plan_is_confirmed_with_every_instalment_on_a_line_of_its_own(locale):
    letter = sample_letter(Stage.PROMISE_CONFIRMED, locale)
    planned = replace(letter, promise=plan_of(letter.promise))
    made = message(planned)
    formats = formats_for(locale, "EUR")
    for day, amount in planned.promise.instalments:
        line = [line for line in made.text.splitlines() if line.startswith(formats.date_long(day))]
        assert len(line) == 1
        assert formats.money(amount.minor) in line[0]
    with pytest.raises(BadInput, match="instalments don't sum"):
        replace(planned, promise=replace(planned.promise, amount=Money(1, "EUR")))


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=6),
    st.lists(st.integers(1, 10**8), max_size=3),
    st.sampled_from(LANGUAGES),
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_lines_the_printed_sums_are_theirs_and_never_more_than_is_owed_is_asked(lines, credits, locale):
    letter = sample_letter(Stage.FIRST, locale)
    made_of = []
    for number, (minor, disputed, promised) in enumerate(lines):
        held = minor * disputed // 200, minor * promised // 200
        line = sample_line(f"N{number}", Stage.FIRST, minor, "EUR")
        made_of.append(replace(line, disputed_minor=held[0], promised_minor=held[1]))
    total = Money(sum(line.residual.minor for line in made_of), "EUR")
    paper = tuple(
        CreditLine(CreditKind.CREDIT_MEMO, f"C{n}", SAMPLE_DAY, Money(c, "EUR")) for n, c in enumerate(credits)
    )
    net = total - Money(sum(credits), "EUR")
    try:
        letter = replace(letter, lines=tuple(made_of), total=total, net=net, credits=paper)
    except BadInput:
        assert sum(line.asked for line in made_of) <= sum(credits) or any(line.asked <= 0 for line in made_of)
        return
    assert Money(0, "EUR") < letter.pay_now <= net
    money = formats_for(locale, "EUR").money
    text = message(letter).text
    assert money(letter.pay_now.minor) in text
    if len(lines) > 1 or credits:
        assert money(total.minor) in text
    if credits:
        assert money(net.minor) in text
