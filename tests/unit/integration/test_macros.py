"""Macros 宏: one table of cases each; the id card against a check digit counted in plain Python."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from yishu.integration import define_macros


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("SET TimeZone='Asia/Shanghai'")
    define_macros(connection)
    return connection


def one(engine: duckdb.DuckDBPyConnection, expression: str, *values: object) -> object:
    row = engine.execute(f"SELECT {expression}", list(values)).fetchone()
    assert row is not None
    return row[0]


MOMENT = datetime(2025, 3, 1, 8, 12)
TIMES = [
    ("2025-03-01 08:12", MOMENT),
    ("2025-03-01 08:12:33", MOMENT.replace(second=33)),
    ("2025-03-01T08:12:33.500", MOMENT.replace(second=33, microsecond=500000)),
    ("2025-03-01T08:12:33+08:00", MOMENT.replace(second=33)),
    ("2025-03-01T00:12:33Z", MOMENT.replace(second=33)),
    ("2025/3/1 8:12", MOMENT),
    ("2025-3-1 8:00", datetime(2025, 3, 1, 8)),
    ("2025-3-1", datetime(2025, 3, 1)),
    ("20250301", datetime(2025, 3, 1)),
    ("2025030108:12:33", MOMENT.replace(second=33)),
    ("2025030108:12", MOMENT),
    ("20250301 08:12:33", MOMENT.replace(second=33)),
    ("20250301081233", MOMENT.replace(second=33)),
    ("202503010812", MOMENT),
    ("1740787920", MOMENT),
    ("1740787920000", MOMENT),
    ("２０２５／３／１　８：１２", MOMENT),
    ("  2025-03-01 08:12  ", MOMENT),
    ("2025年3月1日", datetime(2025, 3, 1)),
    ("2025年3月1日 8时12分", MOMENT),
    ("2025年3月1日8时12分33秒", MOMENT.replace(second=33)),
    ("2024-02-29", datetime(2024, 2, 29)),
    ("2025-02-29", None),
    ("20250230", None),
    ("2025-13-01", None),
    ("8:12", None),
    ("2026-05", None),
    ("epoch", None),
    ("infinity", None),
    ("不详", None),
    ("-", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "moment"), TIMES)
def test_every_time_form_of_the_sources(engine: duckdb.DuckDBPyConnection, text: str | None, moment: datetime | None) -> None:
    assert one(engine, "cn_time(?)", text) == moment


def test_a_time_that_is_one_already_stays(engine: duckdb.DuckDBPyConnection) -> None:
    assert one(engine, "cn_time(?::TIMESTAMP)", MOMENT) == MOMENT
    assert one(engine, "cn_time(?::DATE)", MOMENT.date()) == datetime(2025, 3, 1)
    assert one(engine, "cn_time(?::BIGINT)", 1740787920) == MOMENT


DATES = [
    ("2026-05", date(2026, 5, 31)),
    ("2026/2", date(2026, 2, 28)),
    ("2024-02", date(2024, 2, 29)),
    ("202605", date(2026, 5, 31)),
    ("2026年5月", date(2026, 5, 31)),
    ("20260531", date(2026, 5, 31)),
    ("2026-05-07", date(2026, 5, 7)),
    ("2026-5-7", date(2026, 5, 7)),
    ("2025030108:12:33", date(2025, 3, 1)),
    ("2026-13", None),
    ("2026", None),
    ("20261301", None),
    ("-", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "day"), DATES)
def test_dates_and_months(engine: duckdb.DuckDBPyConnection, text: str | None, day: date | None) -> None:
    assert one(engine, "cn_date(?)", text) == day


NUMBERS = [
    ("1,234.50", "1234.5"),
    ("１，２３４．５０", "1234.5"),
    ("￥30", "30"),
    ("-3.2", "-3.2"),
    (" 12 ", "12"),
    ("<0.01", None),
    ("1:80", None),
    ("5.6↑", None),
    ("-", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers(engine: duckdb.DuckDBPyConnection, text: str | None, number: str | None) -> None:
    assert one(engine, "cn_number(?)", text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("  张三  ", "张三"), ("　张三　", "张三"), ("张 三", "张 三"), ("-", None), (" - ", None), ("", None), ("  ", None), (None, None)],
)
def test_clean(engine: duckdb.DuckDBPyConnection, text: str | None, cleaned: str | None) -> None:
    assert one(engine, "clean(?)", text) == cleaned


@pytest.mark.parametrize(
    ("text", "half"),
    [("ＡＢＣ１２３", "ABC123"), ("（门诊）", "(门诊)"), ("３．９～６．１", "3.9~6.1"), ("张　三", "张 三"), ("it's", "it's"), (None, None)],
)
def test_half_width(engine: duckdb.DuckDBPyConnection, text: str | None, half: str | None) -> None:
    assert one(engine, "half_width(?)", text) == half


def test_all_full_width_signs_have_a_half(engine: duckdb.DuckDBPyConnection) -> None:
    full = "".join(chr(0xFF01 + step) for step in range(94))
    assert one(engine, "half_width(?)", full) == "".join(chr(0x21 + step) for step in range(94))


# --- GB 11643 ---------------------------------------------------------------------------------------------------------
def check_character(body: str) -> str:
    """ISO 7064 MOD 11-2 in plain Python."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def an_id(rng: random.Random, province: str = "44") -> str:
    born = date(1930, 1, 1) + timedelta(days=rng.randrange(33_000))
    body = f"{province}{rng.randrange(10_000):04d}{born:%Y%m%d}{rng.randrange(1000):03d}"
    return body + check_character(body)


CARDS = [
    ("11010519491231002X", True),
    ("11010519491231002x", True),
    (" 11010519491231002X ", True),
    ("440524188001010014", True),
    ("110105194912310021", False),
    ("11010519490231002" + check_character("11010519490231002"), False),
    ("99010519491231002" + check_character("99010519491231002"), False),
    ("11010512491231002" + check_character("11010512491231002"), False),
    ("111111111111111111", False),
    ("110105491231002", False),
    ("11010519491231002", False),
    ("1.10105E+17", False),
    ("无", False),
    ("", None),
    ("-", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "valid"), CARDS)
def test_id_cards(engine: duckdb.DuckDBPyConnection, text: str | None, valid: bool | None) -> None:
    assert one(engine, "id_card_valid(?)", text) is valid


def test_every_right_id_is_valid_and_every_changed_digit_is_found(engine: duckdb.DuckDBPyConnection) -> None:
    rng = random.Random(11643)
    right = [an_id(rng, rng.choice(["11", "31", "44", "53", "65"])) for _ in range(300)]
    wrong = []
    for card in right:
        place = rng.randrange(17)
        other = rng.choice([digit for digit in "0123456789" if digit != card[place]])
        wrong.append(card[:place] + other + card[place + 1 :])
    assert engine.execute("SELECT bool_and(id_card_valid(c)) FROM (SELECT unnest(?) AS c)", [right]).fetchone() == (True,)
    assert engine.execute("SELECT bool_or(id_card_valid(c)) FROM (SELECT unnest(?) AS c)", [wrong]).fetchone() == (False,)


@pytest.mark.parametrize(
    ("text", "born", "gender"),
    [
        ("11010519491231002X", date(1949, 12, 31), "女"),
        ("110105194912310013", date(1949, 12, 31), "男"),
        ("110105491231003", date(1949, 12, 31), "男"),
        ("110105194902310021", None, "女"),
        ("abc", None, None),
        (None, None, None),
    ],
)
def test_birth_and_sex_of_an_id(
    engine: duckdb.DuckDBPyConnection, text: str | None, born: date | None, gender: str | None
) -> None:
    assert one(engine, "id_card_birth(?)", text) == born
    assert one(engine, "id_card_gender(?)", text) == gender


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [("2000-02-29", "2025-02-28", 24), ("2000-02-29", "2025-03-01", 25), ("2000-03-01", "2025-03-01", 25),
     ("2025-03-01", "2025-03-01", 0), ("2025-03-02", "2025-03-01", None), (None, "2025-03-01", None)],
)
def test_age(engine: duckdb.DuckDBPyConnection, born: str | None, on: str, age: int | None) -> None:
    assert one(engine, "age_at(?::DATE, ?::TIMESTAMP)", born, on) == age


def test_macros_nest_and_work_on_columns(engine: duckdb.DuckDBPyConnection) -> None:
    rows = engine.execute(
        "SELECT cn_time(clean(t)), age_at(id_card_birth(c), cn_date(t)) FROM (VALUES ('2025/3/1 8:12', '11010519491231002X'),"
        " (NULL, NULL)) v(t, c) WHERE t IS NULL OR cn_time(t) > TIMESTAMP '2025-01-01'"
    ).fetchall()
    assert rows == [(MOMENT, 75), (None, None)]
