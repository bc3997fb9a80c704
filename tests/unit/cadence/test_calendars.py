"""Business days, banking days and decent hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import (
    SendHours,
    add_business_days,
    calendar_of,
    due_cutoff,
    first_allowed,
    is_business_day,
    next_banking_day,
    send_windows,
)
from domain.errors import BadInput
from domain.parties import Channel

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
COUNTRIES = st.sampled_from(["DE", "JP", "SA", "IN", "IR", "US", "GB", "FR", "ZZ"])


@pytest.mark.parametrize(
    ("country", "weekend"),
    [("DE", "Sat Sun"), ("SA", "Fri Sat"), ("EG", "Fri Sat"), ("KW", "Fri Sat"), ("IL", "Fri Sat"), ("AE", "Sat Sun"),
     ("IR", "Fri"), ("IN", "Sun"), ("JP", "Sat Sun")],
)  # fmt: skip
def test_weekends_follow_the_country(country: str, weekend: str) -> None:
    week = [date(2026, 11, 16) + timedelta(days=ahead) for ahead in range(7)]
    # Mid-November 2026 has no public holiday in any of these countries on the days looked at but weekends.
    off = [day.strftime("%a") for day in week if not is_business_day(country, day)]
    assert off == weekend.split()


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("DE", date(2026, 10, 3)),
        ("FR", date(2026, 7, 14)),
        ("US", date(2026, 11, 26)),
        ("GB", date(2026, 4, 6)),
        ("JP", date(2026, 5, 6)),
        ("ES", date(2026, 12, 8)),
        ("MX", date(2026, 11, 16)),
    ],
)
def test_public_holidays_are_no_business_days(country: str, day: date) -> None:
    assert not is_business_day(country, day)


def test_japan_rests_from_29_december_to_3_january_and_its_banks_from_31_december() -> None:
    japan = calendar_of("JP")
    # 2027-12-29 to 31 and 2028-01-03 are weekdays; 1 and 2 January a weekend.
    assert [japan.is_business_day(date(2027, 12, day)) for day in (28, 29, 30, 31)] == [True, False, False, False]
    assert [japan.is_banking_day(date(2027, 12, day)) for day in (28, 29, 30, 31)] == [True, True, True, False]
    assert japan.next_banking_day(date(2027, 12, 31)) == date(2028, 1, 4)
    assert next_banking_day("DE", date(2027, 12, 31)) == date(2027, 12, 31)


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1900, 1, 1)])
def test_the_placeholder_dates_of_other_systems_break_nothing(day: date) -> None:
    for country in ("DE", "JP", "US", "SA", "ZZ"):
        assert next_banking_day(country, day) >= day


def test_business_days_are_counted_over_weekends_and_holidays() -> None:
    assert add_business_days("DE", date(2026, 4, 2), 1) == date(2026, 4, 7), "Good Friday to Easter Monday"
    assert add_business_days("DE", date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert add_business_days("DE", date(2026, 4, 4), 0) == date(2026, 4, 4)
    assert calendar_of("DE").next_business_day(date(2026, 4, 3)) == date(2026, 4, 7)


@given(COUNTRIES, DAYS, st.integers(0, 90), st.booleans())
def test_the_cutoff_says_the_same_as_counting_from_each_effective_due_date(
    country: str, today: date, days: int, inclusive: bool
) -> None:
    calendar = calendar_of(country)
    cutoff = due_cutoff(today, days, inclusive, calendar)
    for ahead in range(-12, 13):
        due = today - timedelta(days=days) + timedelta(days=ahead)
        late = (today - calendar.next_banking_day(due)).days
        assert (due <= cutoff) == (late >= days + (not inclusive))


@given(DAYS, st.integers(0, 90))
def test_without_rolling_the_cutoff_is_plain_subtraction(today: date, days: int) -> None:
    assert due_cutoff(today, days, True, None) == today - timedelta(days=days)
    assert due_cutoff(today, days, False, None) == today - timedelta(days=days + 1)


def _local(country: str, zone: str, day: date, channel: Channel = Channel.EMAIL) -> list[tuple[str, str]]:
    there = ZoneInfo(zone)
    return [
        (start.astimezone(there).strftime("%H:%M"), end.astimezone(there).strftime("%H:%M"))
        for start, end in send_windows(country, zone, day, channel)
    ]


@pytest.mark.parametrize(
    ("country", "zone", "hours"),
    [
        ("DE", "Europe/Berlin", [("09:00", "17:00")]),
        ("FR", "Europe/Paris", [("09:00", "12:00"), ("14:00", "18:00")]),
        ("ES", "Atlantic/Canary", [("09:00", "14:00"), ("16:00", "19:00")]),
        ("GB", "Europe/London", [("09:00", "17:30")]),
        ("US", "America/Chicago", [("09:00", "18:00")]),
        ("IN", "Asia/Kolkata", [("10:00", "18:00")]),
        ("ZZ", "UTC", [("09:00", "17:00")]),
    ],
)
def test_hours_are_the_recipients(country: str, zone: str, hours: list[tuple[str, str]]) -> None:
    assert _local(country, zone, date(2026, 11, 18)) == hours


def test_sms_stays_within_nine_to_five_and_keeps_the_lunch_break() -> None:
    assert _local("FR", "Europe/Paris", date(2026, 11, 18), Channel.SMS) == [("09:00", "12:00"), ("14:00", "17:00")]
    assert _local("ES", "Europe/Madrid", date(2026, 11, 18), Channel.SMS) == [("09:00", "14:00"), ("16:00", "17:00")]
    evenings = SendHours({"XX": ((time(18), time(20)),)})
    assert send_windows("XX", "UTC", date(2026, 11, 18), Channel.SMS, evenings) == ()


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change() -> None:
    before, after = (send_windows("DE", "Europe/Berlin", date(2026, 3, day))[0][0] for day in (27, 30))
    assert (before.hour, after.hour) == (8, 7)
    summer, winter = (send_windows("DE", "Europe/Berlin", date(2026, 10, day))[0][0] for day in (23, 26))
    assert (summer.hour, winter.hour) == (7, 8)


def test_a_day_that_a_zone_never_had_has_no_window() -> None:
    # Samoa went from 29 to 31 December 2011.
    assert send_windows("WS", "Pacific/Apia", date(2011, 12, 30)) == ()
    assert send_windows("WS", "Pacific/Apia", date(2011, 12, 29)) != ()


def test_the_first_allowed_moment_skips_the_break_and_ends_with_its_window() -> None:
    day = (date(2026, 11, 18),)
    at_noon = datetime(2026, 11, 18, 11, 30, tzinfo=UTC)
    assert first_allowed("FR", "Europe/Paris", day, at_noon) == (
        datetime(2026, 11, 18, 13, tzinfo=UTC),
        datetime(2026, 11, 18, 17, tzinfo=UTC),
    )
    assert first_allowed("FR", "Europe/Paris", day, datetime(2026, 11, 18, 17, tzinfo=UTC)) is None


def test_an_unknown_zone_is_explained() -> None:
    with pytest.raises(BadInput, match="IANA name such as"):
        send_windows("DE", "Middle/Earth", date(2026, 11, 18))


@given(st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "America/St_Johns", "Pacific/Kiritimati"]), DAYS, COUNTRIES)
def test_a_window_lies_on_its_own_local_business_day(zone: str, day: date, country: str) -> None:
    for start, end in send_windows(country, zone, day):
        local = start.astimezone(ZoneInfo(zone))
        assert local.date() == day
        assert is_business_day(country, day)
        assert timedelta(0) < end - start <= timedelta(hours=10)
        assert local.hour >= 9
