"""The legal clock, against the worked examples and a second reading of the Regulation and of each country's law."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from consent.rights import clock
from portal.cli import main

# Received, controller, extended, last day: the worked examples.
EXAMPLES = (
    ("2025-03-05", "DK", False, "2025-04-07"),
    ("2026-03-05", "DK", False, "2026-04-07"),
    ("2026-08-31", "DK", False, "2026-09-30"),
    ("2027-01-31", "DK", False, "2027-03-01"),
    ("2028-01-30", "LT", False, "2028-02-29"),
    ("2026-11-25", "DK", False, "2026-12-28"),
    ("2026-11-30", "DK", True, "2027-03-01"),
    ("2026-04-03", "PL", False, "2026-05-04"),
)
YEARS = range(2020, 2037)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
COUNTRIES = st.sampled_from(sorted(clock.ZONES))


@pytest.mark.parametrize(("received", "country", "extended", "ends"), EXAMPLES)
def test_the_worked_examples_end_on_their_days(received: str, country: str, extended: bool, ends: str) -> None:
    found = clock.deadline(date.fromisoformat(received), country, extended=extended)
    assert found.last_day.isoformat() == ends


def test_the_command_prints_the_day_and_then_the_reason() -> None:
    run = CliRunner().invoke(main, ["rights", "deadline", "--received", "2026-11-25", "--country", "DK"])
    day, reason = run.output.splitlines()
    assert (run.exit_code, day) == (0, "2026-12-28")
    assert "Christmas" in reason


@pytest.mark.parametrize(
    "arguments",
    [
        ["--country", "XX"],
        ["--country", "DK", "--paused-from", "2026-12-01"],
        ["--country", "DK", "--received", "soon"],
    ],
)
def test_what_cannot_be_counted_is_a_plain_line(arguments: list[str]) -> None:
    run = CliRunner().invoke(main, ["rights", "deadline", "--received", "2026-11-25", *arguments])
    assert run.exit_code == 2


def easter(year: int) -> date:
    """Gauss's rule in the form of Meeus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    j = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * j) // 451
    month, day = divmod(h + j - 7 * m + 114, 31)
    return date(year, month, day + 1)


def by_law(country: str, year: int) -> set[date]:
    """The public holidays of a country, read from its law."""

    def fixed(*days: tuple[int, int]) -> set[date]:
        return {date(year, month, day) for month, day in days}

    def after_easter(*offsets: int) -> set[date]:
        return {easter(year) + timedelta(days=offset) for offset in offsets}

    if country == "DK":
        prayer = after_easter(26) if year < 2024 else set()
        return fixed((1, 1), (12, 25), (12, 26)) | after_easter(-3, -2, 0, 1, 39, 49, 50) | prayer
    if country == "LT":
        days = (
            (1, 1),
            (2, 16),
            (3, 11),
            (5, 1),
            (6, 24),
            (7, 6),
            (8, 15),
            (11, 1),
            (11, 2),
            (12, 24),
            (12, 25),
            (12, 26),
        )
        return fixed(*days) | after_easter(0, 1)
    if country == "PL":
        eve = fixed((12, 24)) if year >= 2025 else set()
        days = ((1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26))
        return fixed(*days) | after_easter(0, 1, 49, 60) | eve
    if country == "NL":
        king = date(year, 4, 27) if date(year, 4, 27).weekday() != 6 else date(year, 4, 26)
        liberation = fixed((5, 5)) if year % 5 == 0 else set()
        return fixed((1, 1), (12, 25), (12, 26)) | after_easter(-2, 0, 1, 39, 49, 50) | {king} | liberation
    return england(year)


def england(year: int) -> set[date]:
    """Bank holidays of England and Wales, with substitutes and the days that were proclaimed."""
    mondays = {month: [week[0] for week in calendar.monthcalendar(year, month) if week[0]] for month in (5, 8)}
    found = {easter(year) - timedelta(days=2), easter(year) + timedelta(days=1), date(year, 8, mondays[8][-1])}
    found.add(date(2020, 5, 8) if year == 2020 else date(year, 5, mondays[5][0]))
    found.add(date(2022, 6, 2) if year == 2022 else date(year, 5, mondays[5][-1]))
    found |= {day for day in (date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)) if day.year == year}
    for month, day in ((1, 1), (12, 25), (12, 26)):
        holiday = date(year, month, day)
        while holiday.weekday() > 4 or holiday in found:
            holiday += timedelta(days=1)
        found.add(holiday)
    return found


@pytest.mark.parametrize("country", sorted(clock.ZONES))
def test_every_weekday_from_2020_to_2035_is_a_working_day_unless_the_law_says_otherwise(country: str) -> None:
    for year in YEARS:
        closed = by_law(country, year)
        day = date(year, 1, 1)
        while day.year == year:
            assert clock.is_working_day(day, country) == (day.weekday() < 5 and day not in closed), (country, day)
            day += timedelta(days=1)


def test_a_pause_outside_the_period_is_refused() -> None:
    arguments = [
        "--received",
        "2026-05-05",
        "--country",
        "DK",
        "--paused-from",
        "2026-07-10",
        "--paused-to",
        "2026-07-20",
    ]
    assert CliRunner().invoke(main, ["rights", "deadline", *arguments]).exit_code == 2
    assert CliRunner().invoke(main, ["rights", "deadline", *arguments[:4]]).output.startswith("2026-06-05\n")


@given(DAYS, COUNTRIES, st.booleans(), st.lists(st.tuples(st.integers(0, 150), st.integers(0, 40)), max_size=4))
def test_only_what_begins_while_the_clock_runs_pauses_it(
    received: date, country: str, extended: bool, rests: list[tuple[int, int]]
) -> None:
    pauses = sorted(
        (received + timedelta(days=begun), received + timedelta(days=begun + length)) for begun, length in rests
    )
    counted: list[tuple[date, date]] = []
    for pause in pauses:
        last = clock.deadline(received, country, extended=extended, pauses=counted).last_day
        if pause[0] <= last and (not counted or counted[-1][1] <= pause[0]):
            counted.append(pause)
        else:
            with pytest.raises(clock.BadPause):
                clock.deadline(received, country, extended=extended, pauses=[*counted, pause])
    assert clock.pauses_that_count(received, country, extended=extended, pauses=pauses) == counted


@given(DAYS, COUNTRIES, st.booleans(), st.integers(0, 40))
def test_a_period_ends_as_a_naive_reading_of_the_regulation_ends_it(
    received: date, country: str, extended: bool, paused: int
) -> None:
    pauses = [(received + timedelta(days=2), received + timedelta(days=2 + paused))] if paused else []
    found = clock.deadline(received, country, extended=extended, pauses=pauses)
    year, month = received.year, received.month + (3 if extended else 1)
    if month > 12:
        year, month = year + 1, month - 12
    day = received.day
    while True:
        try:
            end = date(year, month, day)
            break
        except ValueError:
            day -= 1
    end += timedelta(days=paused)
    while end.weekday() >= 5 or end in by_law(country, end.year):
        end += timedelta(days=1)
    assert found.last_day == end


@given(DAYS, COUNTRIES)
def test_an_extended_period_is_counted_from_receipt_and_is_the_later_one(received: date, country: str) -> None:
    assert clock.deadline(received, country, extended=True).last_day > clock.deadline(received, country).last_day


def test_a_pause_before_the_receipt_or_backwards_is_refused() -> None:
    for pause in ((date(2026, 1, 1), date(2026, 1, 9)), (date(2026, 2, 9), date(2026, 2, 8))):
        with pytest.raises(clock.BadPause):
            clock.deadline(date(2026, 2, 1), "DK", pauses=[pause])


def test_the_day_of_receipt_is_the_day_where_the_controller_is() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert clock.day_of_receipt(late, "GB") == date(2026, 11, 24)
    assert clock.day_of_receipt(late, "LT") == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("aware", "ends"),
    [
        ("2026-11-24T10:00", "2026-11-27T10:00"),  # a Tuesday: 72 hours
        ("2026-11-27T18:00", "2026-11-30T18:00"),  # a Friday: it and Monday are working days
        ("2026-11-28T09:00", "2026-12-01T09:00"),  # a Saturday: Monday and Tuesday
        ("2026-04-02T18:00", "2026-04-08T21:59:59.999999"),  # before Easter: ends with Wednesday in Copenhagen
    ],
)
def test_seventy_two_hours_have_at_least_two_working_days_in_them(aware: str, ends: str) -> None:
    moment = datetime.fromisoformat(aware).replace(tzinfo=UTC)
    assert clock.breach_deadline(moment, "DK") == datetime.fromisoformat(ends).replace(tzinfo=UTC)
