"""Dates as Japanese writers write them: eras, closing days, 月末 and its relatives. Years 令和 N are 2018 + N."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outreach.replies.folding import fold
from outreach.replies.grammar import calendar
from outreach.replies.grammar.holidays import holiday_rules
from outreach.replies.grammar.reading import (
    Build,
    DateKind,
    Day,
    Reading,
    Rule,
    absolute,
    bare_day,
    day_month,
    fixed,
    weekday_reading,
    with_weekday,
)
from outreach.replies.grammar.shifted import Shift
from outreach.replies.grammar.steps import no_day, offset, shift, working_day_after

_KANJI = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_WEEKDAYS = "月火水木金土日"
_N = "(?:\\d{1,3}|[一二三四五六七八九十]{1,4})"
_D = "(?:\\d{1,2}|[一二三四五六七八九十]{1,3})"
# (水), （水）, 水曜日: written beside a date.
_YEAR = "(?:19|20)\\d\\d|[一二][〇一二三四五六七八九]{3}"
_BESIDE = f"(?: ?[(（](?P<wd>[{_WEEKDAYS}])(?:曜日?)?[)）]| ?の?(?P<wd3>[{_WEEKDAYS}])曜日?)?"
_MONTHS = {"今": 0, "当": 0, "本": 0, "来": 1, "翌": 1, "再来": 2, "翌々": 2, "先": -1, "前": -1}
_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "昭和": 1925}
"""The year before the first of each era."""
_KANA_DAYS = ("げつようび", "かようび", "すいようび", "もくようび", "きんようび", "どようび", "にちようび")
_IN_TIME = "(?:以内|後|のうち|内|ほど|程)?"
# 来週の水に: a weekday by its sign alone.
_ALONE = "(?=に|は|まで|[、。]|か(?!ら)|も|頃|ごろ|$)(?<!日)"


def number(text: str) -> int:
    """A small number in digits or kanji: 15, 十五, 二十二."""
    if text.isdigit():
        return int(text)
    tens, mark, ones = text.partition("十")
    if not mark:
        return int("".join(str(_KANJI[c]) for c in text))
    return (_KANJI[tens] if tens else 1) * 10 + (_KANJI[ones] if ones else 0)


def _named(match: re.Match[str], group: str = "wd") -> int | None:
    found = match.groupdict().get(group) or match.groupdict().get("wd3")
    return _WEEKDAYS.index(found) if found else None


def _full(match: re.Match[str], day: Day) -> Reading | None:
    era = match.groupdict().get("r")
    if era:
        year = _ERAS[match["era"]] + (1 if era == "元" else number(era))
    else:
        year = number(match["y"])
    reading = absolute(calendar.safe_date(year, number(match["m"]), number(match["d"])))
    return with_weekday(reading, _named(match))


_YEARS = {"昨年": -1, "去年": -1, "今年": 0, "本年": 0, "来年": 1, "翌年": 1, "再来年": 2}


def _in_relative_year(match: re.Match[str], day: Day) -> Reading | None:
    found = calendar.safe_date(day.today.year + _YEARS[match["rel"]], number(match["m"]), number(match["d"]))
    return with_weekday(absolute(found), _named(match))


def _named_day_in_brackets(match: re.Match[str], day: Day) -> Reading | None:
    """今週の金曜日（6月15日）: the date in brackets, doubtful where it is another weekday."""
    value = number(match["d"])
    reading = day_month(value, number(match["m"]), day.today) if match["m"] else bare_day(value, day.today)
    return with_weekday(reading, _WEEKDAYS.index(match["wd"]))


def _nth_of_month(match: re.Match[str], day: Day) -> Reading | None:
    """来月の第2火曜日, 今月の最終営業日."""
    nth = -1 if match["last"] else 1 if match["first"] else number(match["nth"])
    if match["m"]:
        start = day.today.replace(month=number(match["m"]), day=1)
        start = start if calendar.month_end(start.year, start.month) >= day.today else calendar.add_months(start, 12)
    else:
        start = calendar.add_months(day.today.replace(day=1), _MONTHS[match["rel"]])
    try:
        if match["work"]:
            return fixed(calendar.nth_working_day(nth, start.year, start.month))
        return fixed(calendar.nth_weekday(nth, _WEEKDAYS.index(match["wd"]), start.year, start.month))
    except ValueError:
        return None


def _hours(match: re.Match[str], day: Day) -> Reading | None:
    days, rest = divmod(int(match["n"]), 24)
    return None if rest else fixed(day.today + timedelta(days=days))


def _month_day(match: re.Match[str], day: Day) -> Reading | None:
    reading = day_month(number(match["d"]), number(match["m"]), day.today)
    if reading is None and "月" not in match.group():
        reading = day_month(number(match["m"]), number(match["d"]), day.today)
    return with_weekday(reading, _named(match))


def _day_last(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(calendar.safe_date(int(match["y"]), int(match["m"]), int(match["d"])))


def _bare(match: re.Match[str], day: Day) -> Reading | None:
    value = number(match["d"])
    reading, weekday = bare_day(value, day.today), _named(match)
    if reading and weekday is not None and weekday not in (reading.date.weekday(), reading.past.weekday()):
        found = calendar.day_on_weekday(value, weekday, day.today)
        return Reading(found, reading.past, DateKind.DAY, ambiguous=True) if found else None
    return reading


def _end_of_month(months: int) -> Build:
    return lambda match, day: fixed(calendar.month_end(day.today.year, day.today.month + months), DateKind.WINDOW)


def _end_of_named_month(match: re.Match[str], day: Day) -> Reading | None:
    return _in_named_month(match, day, 31)


def _in_named_month(match: re.Match[str], day: Day, number_of_day: int) -> Reading | None:
    month = number(match["m"])
    if not 1 <= month <= 12:
        return None

    def of(year: int) -> date:
        end = calendar.month_end(year, month)
        return end.replace(day=min(end.day, number_of_day))

    if match.groupdict().get("y"):
        return fixed(of(int(match["y"])), DateKind.ABSOLUTE)
    this = of(day.today.year)
    if this >= day.today:
        return Reading(this, of(day.today.year - 1), DateKind.DAY_MONTH)
    return Reading(of(day.today.year + 1), this, DateKind.DAY_MONTH)


def _third_of_month(match: re.Match[str], day: Day) -> Reading | None:
    """上旬, 中旬, 下旬: their last days are the 10th, the 20th and the month's end."""
    last = {"上": 10, "中": 20, "下": 31}[match["part"]]
    if match["m"]:
        return _in_named_month(match, day, last)
    step = {"来月": 1, "翌月": 1, "再来月": 2}.get(match["rel"] or "", 0)
    end = calendar.month_end(day.today.year, day.today.month + step)
    found = end.replace(day=min(end.day, last))
    if not match["rel"] and found < day.today:
        end = calendar.month_end(day.today.year, day.today.month + 1)
        found = end.replace(day=min(end.day, last))
    return fixed(found, DateKind.WINDOW)


def _half_or_end(match: re.Match[str], day: Day) -> Reading | None:
    """来月半ば is the 15th, 6月いっぱい its last day."""
    last = 15 if match["part"] else 31
    if match["m"]:
        return _in_named_month(match, day, last)
    end = calendar.month_end(day.today.year, day.today.month + _MONTHS[match["rel"].removesuffix("月")])
    return fixed(end.replace(day=min(end.day, last)), DateKind.WINDOW)


def _nth_weekday_ahead(match: re.Match[str], day: Day) -> Reading | None:
    """第3水曜: of this month, or of the next where it is gone."""
    for months in (0, 1):
        start = calendar.add_months(day.today.replace(day=1), months)
        found = calendar.nth_weekday(number(match["nth"]), _WEEKDAYS.index(match["wd"]), start.year, start.month)
        if found > day.today:
            return fixed(found)
    return None


def _week_of(match: re.Match[str], day: Day) -> Reading | None:
    """5月25日の週: its Friday, as for any week."""
    reading = day_month(number(match["d"]), number(match["m"]), day.today)
    return fixed(calendar.weekday_of_week(4, reading.date, 0), DateKind.WINDOW) if reading else None


_NAMED_DAYS = {"ついたち": 1, "朔日": 1, "とおか": 10, "はつか": 20, "廿日": 20}


def _named_day(match: re.Match[str], day: Day) -> Reading | None:
    value = _NAMED_DAYS[match["name"]]
    if match["rel"]:
        end = calendar.month_end(day.today.year, day.today.month + _MONTHS[match["rel"]])
        return fixed(end.replace(day=value))
    return bare_day(value, day.today)


def _short_year(match: re.Match[str], day: Day) -> Reading | None:
    """26/5/20: two digits that are this year's, the last one's or the next one's."""
    year = 2000 + int(match["y"])
    near = abs(year - day.today.year) <= 1
    return absolute(calendar.safe_date(year, int(match["m"]), int(match["d"]))) if near else None


def _day_of_relative_month(match: re.Match[str], day: Day) -> Reading | None:
    end = calendar.month_end(day.today.year, day.today.month + _MONTHS[match["rel"]])
    found = calendar.safe_date(end.year, end.month, number(match["d"]))
    return fixed(found) if found else None


def _weekday_of(weeks: int) -> Build:
    return lambda m, d: fixed(calendar.weekday_of_week(_WEEKDAYS.index(m["wd"]), d.today, weeks), DateKind.WEEKDAY)


def _next_weekday(match: re.Match[str], day: Day) -> Reading:
    """次の金曜: the next one; where it is still ahead in this week, some mean the week after."""
    ahead = calendar.next_weekday(_WEEKDAYS.index(match["wd"]), day.today)
    return fixed(ahead, DateKind.WEEKDAY, ambiguous=ahead < calendar.weekday_of_week(0, day.today, 1))


def _last_weekday(match: re.Match[str], day: Day) -> Reading:
    return fixed(calendar.last_weekday(_WEEKDAYS.index(match["wd"]), day.today), DateKind.WEEKDAY)


def _weekday(match: re.Match[str], day: Day) -> Reading:
    return weekday_reading(_WEEKDAYS.index(match["wd"]), day.today)


def _kana_weekday(match: re.Match[str], day: Day) -> Reading:
    return weekday_reading([fold(name) for name in _KANA_DAYS].index(match.group()), day.today)


_KANA_WEEKS = {"さらいしゅう": 2, "らいしゅう": 1, "こんしゅう": 0, "せんしゅう": -1}
_KANA_MONTHS = {"さらいげつ": 2, "らいげつ": 1, "こんげつ": 0, "せんげつ": -1}


def _kana_weekday_of(match: re.Match[str], day: Day) -> Reading:
    weekday = [fold(name) for name in _KANA_DAYS].index(match["kana"])
    return fixed(calendar.weekday_of_week(weekday, day.today, _KANA_WEEKS[match["week"]]), DateKind.WEEKDAY)


def _kana_week(match: re.Match[str], day: Day) -> Reading:
    return fixed(calendar.weekday_of_week(4, day.today, _KANA_WEEKS[match["week"]]), DateKind.WINDOW)


def _kana_month_day(match: re.Match[str], day: Day) -> Reading | None:
    end = calendar.month_end(day.today.year, day.today.month + _KANA_MONTHS[match["kana"]])
    found = calendar.safe_date(end.year, end.month, int(match["d"]))
    return fixed(found) if found else None


def _kana_month_end(match: re.Match[str], day: Day) -> Reading:
    months = _KANA_MONTHS.get(match["kana"] or "", 0)
    return fixed(calendar.month_end(day.today.year, day.today.month + months), DateKind.WINDOW)


def _counted(unit: str, sign: int = 1) -> Build:
    return lambda m, d: fixed(shift(d.today, sign * number(m["n"]), unit))


def _days(match: re.Match[str], day: Day) -> Reading:
    """3日以内, 3日のうちに; 25日のうちに is that day."""
    return fixed(shift(day.today, number(match["n"] or match["n2"]), "days"))


def _last_of_span(match: re.Match[str], day: Day) -> Reading | None:
    month, value = match["m2"] or match["m"], number(match["d"])
    reading = day_month(value, number(month), day.today) if month else bare_day(value, day.today)
    return fixed(reading.date, DateKind.WINDOW) if reading else None


def _one_or_other(match: re.Match[str], day: Day) -> Reading | None:
    """25日か26日: the later one, and not sure."""
    reading = bare_day(number(match["d"]), day.today)
    return fixed(reading.date, DateKind.DAY, ambiguous=True) if reading else None


def _one_or_other_weekday(match: re.Match[str], day: Day) -> Reading:
    weekday = _WEEKDAYS.index(match["wd"])
    found = (
        calendar.weekday_of_week(weekday, day.today, 1) if match["next"] else calendar.next_weekday(weekday, day.today)
    )
    return fixed(found, DateKind.WEEKDAY, ambiguous=True)


def _fives_and_tens(match: re.Match[str], day: Day) -> Reading:
    """五十日: the next 5th, 10th, 15th, 20th, 25th or month's end after today."""
    ahead = day.today + timedelta(days=1)
    while ahead.day not in (5, 10, 15, 20, 25) and ahead != calendar.month_end(ahead.year, ahead.month):
        ahead += timedelta(days=1)
    return fixed(ahead)


_RULES: list[tuple[str, Build]] = [
    # 25日に支払う予定でしたが、30日に: the first is no longer meant.
    (
        f"(?:(?:{_D}|今|来|先)月の?)?(?:{_D}日|末日?)(?=[^。\\n\\d]{{0,20}}(?:予定|つもり|約束|はず|お?話|お伝え|申し上げ|申し"
        "|言って)[^。\\n\\d]{0,10}(?:でした|ました|だった|てた|ていた)[がけのん])",
        no_day,
    ),
    # 支払期日の翌日: a day counted from another that is not told.
    ("(?:期日|期限|納期|締め?日|納品日?|検収日?)の(?:翌々?日|前日|翌営業日|前営業日)", no_day),
    # 20日ではなく25日に: the first is not the day.
    (
        f"(?:(?:(?:{_D}|今|当|来|翌|先)月の?|\\d{{1,2}}/)?{_D}日?|(?:今|来)?月?末日?)(?: ?[(（][{_WEEKDAYS}][)）])?"
        "(?=(?:では|じゃ)(?:なく|ない(?:です)?[、。]|ありません|ございません))",
        no_day,
    ),
    # 25日から29日の間: by the last of them.
    (
        f"(?:(?P<m>{_D})月{_D}日?(?:から|~|〜|-)、?(?:(?P<m2>{_D})月)?(?P<d>{_D})日)(?:まで)?の?(?:間|うち|あいだ)",
        _last_of_span,
    ),
    # Terms of payment name no day: 20日締め翌月末払い.
    (f"(?:{_D}日|月?末日?) ?締め?、?の?(?:当|翌々|翌)月(?:末日?|{_D}日)の?(?:払い|お?支払い?)", no_day),
    (f"毎月の?{_D}日(?:まで|締め?)[^。\\n]{{0,24}}(?:当|翌々|翌)月の?(?:末日?|{_D}日)", no_day),
    (f"(?P<era>令和|平成|昭和|r)(?P<r>元|{_N})[年./](?P<m>{_D})[月./](?P<d>{_D})日?{_BESIDE}", _full),
    (f"(?P<y>{_YEAR}) ?年 ?の?(?P<m>{_D}) ?月 ?(?P<d>{_D}) ?日?{_BESIDE}", _full),
    (f"(?P<y>(?:19|20)\\d\\d)(?P<mark>[-/.])(?P<m>\\d{{1,2}})(?P=mark)(?P<d>\\d{{1,2}})(?![\\d/\\-]){_BESIDE}", _full),
    (
        f"(?<![\\d\\-/.])(?P<y>\\d\\d)(?P<mark>[-/.])(?P<m>\\d{{1,2}})(?P=mark)(?P<d>\\d{{1,2}})(?![\\d/\\-.]){_BESIDE}",
        _short_year,
    ),
    ("(?<![\\d\\-])(?P<d>\\d{1,2})[-/](?P<m>\\d{1,2})[-/](?P<y>(?:19|20)\\d\\d)(?!\\d)", _day_last),
    (f"(?P<rel>{'|'.join(_YEARS)})の?(?P<m>{_D}) ?月 ?(?P<d>{_D}) ?日{_BESIDE}", _in_relative_year),
    (
        f"(?:(?:今週|来週|再来週|次)の?)?(?P<wd>[{_WEEKDAYS}])曜日? ?\\((?:(?P<m>{_D})[月/])?(?P<d>{_D})日?\\)",
        _named_day_in_brackets,
    ),
    # 4月10日払いですが、土曜のため前営業日の4月9日に: the first is the day that the payment evades.
    (
        f"(?:{_D} ?月 ?)?{_D} ?日(?=[^\\d]{{0,32}}[土日祝休][^\\d]{{0,14}}(?:前営業日|翌営業日|前倒し|繰り上げ)の?、?"
        f"(?:{_D}月)?{_D}日)",
        no_day,
    ),
    (
        f"(?:(?:{_D} ?月の? ?)?{_D} ?日|(?:今|来|{_D} ?)?月の?末日?|末日)(?: ?[(（][{_WEEKDAYS}][)）])?"
        "(?:の(?:お?支払|振込|振替|期)日)?[がはも]、?(?:[土日祝]|休日|休業|銀行|定休|お?休み|連休)[^。\\n\\d]{0,14}"
        "(?:ため|ので|につき|により|から|なり|[当あ]た?り|かか[りる])",
        no_day,
    ),
    (f"(?:(?:前|翌|直前|直後|次)の?(?:平日|営業日)(?:の|である|にあたる)、?)(?=(?:{_D} ?月 ?)?{_D} ?日)", no_day),
    ("[土日]曜日?(?:の|な|に[当あ]た?る)(?:ため|ので)", no_day),
    (f"(?<![\\d年])(?P<m>{_D}) ?月 ?(?P<d>{_D}) ?日の週", _week_of),
    (f"(?<![\\d年])(?P<m>{_D}) ?月 ?(?P<d>{_D}) ?日{_BESIDE}", _month_day),
    (
        f"(?:(?P<m>{_D})月|(?P<rel>今|当|来|翌々|翌|再来|先)月)の?"
        f"(?:(?:第 ?(?P<nth>[1-5一二三四五])|(?P<first>最初))の?|(?P<last>最終|最後の))"
        f"(?:(?P<wd>[{_WEEKDAYS}])曜日?|(?P<work>営業日))",
        _nth_of_month,
    ),
    (f"(?<![\\d/.,\\-年])(?!24/7)(?P<m>\\d{{1,2}})/(?P<d>\\d{{1,2}})(?![\\d/%]|[.,]\\d){_BESIDE}", _month_day),
    ("(?<![\\d.,])(?P<m>\\d{1,2})\\.(?P<d>\\d{2})(?=に|まで|付|\\()", _month_day),
    (
        f"(?P<rel>今|当|来|翌々|翌|再来|先|前)月の?、?(?:(?:お?給料?|支払|振込|年金)日の?)? ?(?P<d>{_D}) ?日{_BESIDE}",
        _day_of_relative_month,
    ),
    (f"(?:(?P<y>(?:19|20)\\d\\d)年)?(?P<m>{_D}) ?月の?(?:末日?|晦日|月末)(?!締)", _end_of_named_month),
    (f"(?:(?P<m>{_D}) ?月|(?P<rel>来月|今月|当月|翌月|再来月)?)の?(?P<part>[上中下])旬", _third_of_month),
    (
        f"(?:(?P<m>{_D}) ?月|(?P<rel>来月|今月|当月|翌月|再来月))の?"
        "(?:(?P<part>半ば|なかば|中頃|中ごろ)|いっぱい|終わり)",
        _half_or_end,
    ),
    ("再来月の?末日?|翌々月の?末日?", _end_of_month(2)),
    ("(?:来月|翌月)の?(?:末日?|月末)", _end_of_month(1)),
    ("(?:先月|前月)の?末日?", _end_of_month(-1)),
    (
        "(?:今月|当月|本月)の?(?:末日?|月末)(?!締)|(?<![\\d年翌来先前今当毎各])月末(?!締|ごと|毎|に毎)|(?<!月)末日(?!締)|今月中|当月中"
        "|月内",
        _end_of_month(0),
    ),
    ("来月中", _end_of_month(1)),
    ("年度末", lambda m, d: day_month(31, 3, d.today)),
    ("年内|(?<!昨)年末(?=まで|に(?!な|か|向)|払い|一括)", lambda m, d: absolute(date(d.today.year, 12, 31))),
    (
        "[土日月火水木金]曜日?か、?(?:(?P<next>来週|翌週)の?)?(?P<wd>[月火水木金土日])曜日?(?!に関)",
        _one_or_other_weekday,
    ),
    (f"{_D}日(?:から|~|〜|-){_D}日の間", no_day),
    (f"{_D}日か、?(?P<d>{_D})日", _one_or_other),
    # 2、3日中 is soon, not the 3rd.
    (
        f"(?:(?:{_N}日?(?:[、,・~〜-]|から|か))\\d{{1,2}}|[一二三四五六七八九]、?[二三四五六七八九])日(?:中|以内|の?うち|内|ほど|程|くらい|ぐらい|で)",
        no_day,
    ),
    (f"(?:(?P<rel>今|当|来|翌々|翌|再来)月の?)?(?P<name>{'|'.join(_NAMED_DAYS)})", _named_day),
    (f"第 ?(?P<nth>[1-4一二三四])の?(?P<wd>[{_WEEKDAYS}])曜日?", _nth_weekday_ahead),
    # 五十日にまとめて払い出しております, 毎月25日払いです: a habit, no day.
    ("(?:五十日|ごとお?び)(?:払い|締|に(?=.{0,14}(?:て(?:い|お)り?ま|ている|なって|ことに)))", no_day),
    (f"毎月{_D}日と{_D}日(?=[でが])", no_day),
    (f"(?:前|先)の(?P<wd>[{_WEEKDAYS}])曜日?", _last_weekday),
    (f"翌々週の?(?P<wd>[{_WEEKDAYS}])曜日?", _weekday_of(2)),
    (f"(?:再来|さ来|来々)週の?(?P<wd>[{_WEEKDAYS}])(?:曜日?|{_ALONE})", _weekday_of(2)),
    (f"(?:来週|翌週|次週)の?(?P<wd>[{_WEEKDAYS}])(?:曜日?|{_ALONE})", _weekday_of(1)),
    (f"(?:今週|この)の?(?P<wd>[{_WEEKDAYS}])(?:曜日?|{_ALONE})", _weekday_of(0)),
    (f"先々週の?(?P<wd>[{_WEEKDAYS}])曜日?", _weekday_of(-2)),
    (f"(?:先週|前週)の?(?P<wd>[{_WEEKDAYS}])曜日?", _weekday_of(-1)),
    (f"次の?(?P<wd>[{_WEEKDAYS}])曜日?", _next_weekday),
    (
        "(?:来週(?:の?(?:頭|あたま|アタマ)|の?はじめ|の?初め|早々|一番)|(?<!再来)週明け(?:早々)?)",
        lambda m, d: fixed(calendar.weekday_of_week(0, d.today, 1)),
    ),
    (
        "(?:再来|さ来|来々)週(?:中|末|いっぱい)?",
        lambda m, d: fixed(calendar.weekday_of_week(4, d.today, 2), DateKind.WINDOW),
    ),
    (
        "来週の?(?:半ば|なかば|中頃|中ごろ|前半)",
        lambda m, d: fixed(calendar.weekday_of_week(2, d.today, 1), DateKind.WINDOW, ambiguous=True),
    ),
    ("来週(?:中|末|いっぱい|の?後半)?", lambda m, d: fixed(calendar.weekday_of_week(4, d.today, 1), DateKind.WINDOW)),
    (
        "(?:今週の?(?:中|末|いっぱい|うち|内|後半)|週内|(?<![毎今来先])週末(?=まで|に|は|中))",
        lambda m, d: fixed(calendar.weekday_of_week(4, d.today, 0), DateKind.WINDOW),
    ),
    (f"(?P<n>{_N}) ?営業日{_IN_TIME}", _counted("working")),
    (
        f"(?P<n>{_N}) ?(?:日間?)(?:以内|後|経っ?たら)"
        f"|(?P<n2>(?<![\\d十])[1-7一二三四五六七]|{_N}(?= ?日間)) ?日間?のうち",
        _days,
    ),
    (f"(?P<n>{_N}) ?週間(?:以内|後|ほどで|で|程度で)", _counted("weeks")),
    (f"(?P<n>{_N}) ?[ヶヵケか箇カ]月(?:以内|間以内|後|経過|過ぎ)", _counted("months")),
    (f"(?P<n>{_N}) ?年(?:以内|後)", _counted("years")),
    ("半年(?:以内|後)", lambda m, d: fixed(calendar.add_months(d.today, 6))),
    ("(?<!\\d)(?P<n>\\d{2,3}) ?時間(?:以内|後)", _hours),
    ("(?:翌|次の?)営業日", working_day_after),
    ("翌々営業日", lambda m, d: fixed(shift(d.today, 2, "working"))),
    ("ひと月(?:以内|後)", lambda m, d: fixed(shift(d.today, 1, "months"))),
    (f"(?P<n>{_N}) ?日(?:ほど)?前", _counted("days", -1)),
    (f"(?P<n>{_N}) ?週間(?:ほど)?前", _counted("weeks", -1)),
    (f"(?P<n>{_N}) ?[ヶヵケか箇カ]月(?:ほど)?前", _counted("months", -1)),
    # 31日が日曜のため: the day that the payment evades.
    (f"(?:{_D}|当|同|当該|末|支払|締|期)日[がは](?:土曜|日曜|祝日|休日|休み|休業)日?", no_day),
    (f"(?:五十日|ごとお?び)の(?P<d>{_D})日", _bare),
    ("五十日|ごとお?び", _fives_and_tens),
    ("明々後日|明明後日|しあさって", offset(3)),
    ("明後日|あさって|みょうごにち", offset(2)),
    ("一昨日|おととい", offset(-2)),
    ("明日|あした|明朝|あす(?!か)|みょうにち|翌日", offset(1)),
    ("昨日|きのう|昨晩|昨夜", offset(-1)),
    ("本日中?|今日中?|きょう|けさ|今朝|今晩|今夜|今夕|こんや|こんばん(?!は)|この日", offset(0, DateKind.TODAY)),
    (
        "(?:たった今|(?:今|いま)から(?! ?\\d{1,3} ?(?:日|週|営業|[ヶヵケか箇カ]月|時間|年)"
        "|[一二三四五六七八九十])|今すぐ"
        "|先ほど|さきほど|今しがた|今さっき|さっき|先程|ただいま|ただ今"
        "|(?<![ぁ-ん一-龠])(?:今|いま)(?=、?(?:ネット|アプリ|atm|銀行|コンビニ|窓口|振|入金|送|払)))",
        offset(0, DateKind.NOW),
    ),
    # Learners write without kanji: らいしゅうの げつようびに, 5がつ 20にち.
    (f"(?P<week>{'|'.join(_KANA_WEEKS)}) ?の? ?(?P<kana>{fold('|'.join(_KANA_DAYS))})", _kana_weekday_of),
    (f"(?P<week>{'|'.join(_KANA_WEEKS)})(?:ちゅう)?", _kana_week),
    ("(?P<m>\\d{1,2}) ?がつ ?の? ?(?P<d>\\d{1,2}) ?(?:にち|か)", _month_day),
    (f"(?P<kana>{'|'.join(_KANA_MONTHS)}) ?の? ?(?P<d>\\d{{1,2}}) ?(?:にち|日)", _kana_month_day),
    (f"(?P<kana>{'|'.join(_KANA_MONTHS)}) ?の? ?(?:おわり|すえ|まつ)|げつまつ", _kana_month_end),
    ("(?<!\\d)(?P<d>\\d{1,2}) ?にち(?!かん|いない|ご(?!ろ)|まえ)", _bare),
    # 一日 alone is a duration as often as a date.
    (
        f"(?<![\\d月年])(?!一日)(?P<d>{_D}) ?日(?!間|以内|後|前|目|分|数|々|締|付(?!け?で))"
        f"(?:の(?=[{_WEEKDAYS}]曜))?{_BESIDE}",
        _bare,
    ),
    # 25の給料で, 25に払います, 来月の10までに.
    ("(?<![\\d月/.,\\-:a-z#])(?P<d>[12]?\\d|3[01])(?=の(?:お?給料|給与|年金)[がでに出])", _bare),
    ("(?P<rel>今|当|来|翌)月の?(?P<d>\\d{1,2})(?=に|まで)", _day_of_relative_month),
    (
        "(?<![\\d月/.,\\-:a-z#])(?P<d>[12]?\\d|3[01])(?=(?:に|には|までに)(?:必ず|全部|全額|まとめて)?(?:払|振|入れ|支払|送金))",
        _bare,
    ),
    (f"(?P<wd>[{_WEEKDAYS}])曜日?", _weekday),
    (fold("|".join(_KANA_DAYS)), _kana_weekday),
    (f"[(（](?P<wd>[{_WEEKDAYS}])[)）]", _weekday),
    (f"^\\s*(?P<wd>[{_WEEKDAYS}])(?:に|は|で|も|が|まで|までに)?[。\\s]*$", _weekday),
]


def _shift(source: str, unit: str, sign: int = 1) -> Shift:
    """What follows a date and moves it; without a group `n` by one."""
    pattern = re.compile(source)
    counted = "n" in pattern.groupindex
    return Shift(pattern, lambda match: {unit: number(match["n"]) if counted else 1}, sign, follows=True)


_FROM = "(?:の|から|より)(?:起算して)?"
SHIFTS = [
    _shift(f"{_FROM}(?P<n>{_N}) ?営業日(?:以内|後|のうち|目)?", "working"),
    _shift(f"{_FROM}(?P<n>{_N}) ?日(?:間?以内|後|の?うち|ほど)", "days"),
    _shift(f"{_FROM}(?P<n>{_N}) ?週間(?:以内|後)?", "weeks"),
    _shift(f"{_FROM}(?P<n>{_N}) ?[ヶヵケか箇カ]月(?:以内|後)", "months"),
    _shift(f"{_FROM}(?P<n>{_N}) ?日前", "days", -1),
    _shift(f"{_FROM}(?P<n>{_N}) ?週間前", "weeks", -1),
    _shift("の翌日", "days"),
    _shift("の前日", "days", -1),
    _shift("の翌週", "weeks"),
]


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    return [*holiday_rules("ja"), *((re.compile(source), build) for source, build in _RULES)]
