"""What the matcher knows of Chinese names 中文姓名, dates, ids; and what it must never join."""

import random

import duckdb
import pytest

from yishu.identity.cluster import together
from yishu.identity.compare import birth_level, han_level
from yishu.identity.link import FieldMap, FieldOf, Judged, Table, link
from yishu.identity.normalise import Kind, baby, document, field
from yishu.integration.macros import define_macros
from yishu.kernel.citizen import check_character, citizen_number


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("张伟", "章伟", 4),    # homophone 同音
        ("张静", "张敬", 4),
        ("刘芳", "刘方", 4),
        ("单丽", "善丽", 4),    # polyphone 多音姓
        ("陈兰", "程南", 4),    # l-n, en-eng 模糊音
        ("王未", "王末", 4),    # look alike 形近
        ("王?军", "王建军", 4),  # a lost character 丢字
        ("王建军", "王军建", 3),
        ("王建军", "王军", 3),
        ("欧阳建国", "欧阳建军", 2),
        ("王建军", "王秀兰", 1),
        ("王建军", "李秀兰", 0),
    ],
)
def test_how_near_names_are(one: str, other: str, level: int) -> None:
    assert han_level(one, other) == han_level(other, one) == level


@pytest.mark.parametrize(
    ("kind", "said", "normal"),
    [
        (Kind.FULL_NAME, "劉　國強", "刘国强"),
        (Kind.FULL_NAME, "张？伟", "张?伟"),
        (Kind.FULL_NAME, "??", ""),
        (Kind.ID, "110105491231002", "11010519491231002X"),
        (Kind.ID, "护照 E12345678", "e12345678"),
        (Kind.PHONE, "0086 138 0000 1111", "13800001111"),
    ],
)
def test_normal_forms(kind: Kind, said: str, normal: str) -> None:
    assert field(kind, said) == normal


def test_newborns_are_known_by_mother_and_order() -> None:
    assert baby("王芳之长女") == ("王芳", "1")
    assert baby("王芳之子2") == ("王芳", "2")
    assert baby("欧阳芳之女") == ("欧阳芳", "")
    assert baby("王之子") is None
    assert baby("王芳") is None
    assert document("H12345678(01)") == "h1234567801"


@pytest.mark.parametrize(("one", "other", "level"), [("19800102", "19800201", 3), ("19800102", "19800103", 3), ("19800102", "19810102", 3), ("19800102", "19840102", 3), ("19800102", "19800131", 2), ("19791231", "19800101", 2), ("19800102", "19801225", 1), ("19800102", "20010911", 0)])
def test_how_near_dates_are(one: str, other: str, level: int) -> None:
    assert birth_level(one, other) == birth_level(other, one) == level


def test_python_and_sql_judge_the_same_numbers() -> None:
    draw = random.Random(11643)
    with duckdb.connect() as connection:
        define_macros(connection)
        said = []
        for _ in range(3000):
            first = draw.choice(["11", "44", "83", "91", "99", "00"]) + f"{draw.randrange(10000):04d}" + f"{draw.choice([17, 18, 19, 20])}{draw.randrange(100):02d}{draw.randrange(14):02d}{draw.randrange(33):02d}{draw.randrange(1000):03d}"
            said.append(first + (check_character(first) if draw.random() < 0.8 else draw.choice("0123456789X")))
        sql = [row[0] for row in connection.execute("SELECT id_card_valid(c) FROM unnest(?) t(c)", [said]).fetchall()]
    assert sql == [bool(citizen_number(c)[0]) for c in said]
    assert 200 < sum(sql) < 2800


PEOPLE = FieldMap("id", (FieldOf("name", Kind.FULL_NAME), FieldOf("sex", Kind.SEX), FieldOf("birth", Kind.BIRTH), FieldOf("card", Kind.ID), FieldOf("phone", Kind.PHONE), FieldOf("address", Kind.ADDRESS)))


def card(number: int, birth: str) -> str:
    first = f"340103{birth}{number % 1000:03d}"
    return first + check_character(first)


def crowd(extra: list[tuple[str, ...]]) -> dict[tuple[str, str], Judged]:
    """The verdicts over `extra` people who stand among 600 others, each there twice."""
    draw = random.Random(6)
    rows: list[tuple[str, ...]] = []
    for n in range(600):
        birth = f"{draw.randrange(1930, 2020)}{draw.randrange(1, 13):02d}{draw.randrange(1, 29):02d}"
        name = draw.choice("王李张刘陈杨赵黄周吴") + draw.choice("建国秀英志明海燕晓东") + draw.choice("华军平芳丽强涛敏静磊")
        row = (name, draw.choice("男女"), birth, card(n, birth), f"138{draw.randrange(10**8):08d}", f"城东区第{draw.randrange(900)}号")
        rows += [row, row]
    rows += extra
    names = [f.column for f in PEOPLE.fields]
    ids = [f"r{n:05d}" for n in range(len(rows) - len(extra))] + [f"x{n}" for n in range(len(extra))]
    table = Table(ids, {name: [row[i] for row in rows] for i, name in enumerate(names)})
    return {(j.id_a, j.id_b): j for j in link(PEOPLE, table) if j.id_a.startswith("x")}


def test_what_never_joins_by_itself() -> None:
    phone, home = "13912345678", "滨湖区锦绣路8号3栋101室"
    found = crowd(
        [
            ("张家豪", "男", "20150301", card(11, "20150301"), phone, home),
            ("张家浩", "男", "20150301", card(13, "20150301"), phone, home),     # twins with ids of their own
            ("李梦", "女", "20160405", "", phone, home),
            ("李瑶", "女", "20160405", "", phone, home),                         # twins without
            ("周敏之子", "男", "20250607", "", "13700001111", home),
            ("周小宝", "男", "20250607", "", "13700001111", home),               # the newborn, named since
            ("吴芳之长女", "女", "20250608", "", "13700002222", home),
            ("吴芳之次女", "女", "20250608", "", "13700002222", home),           # another order
            ("无名氏", "男", "19800101", "", "", ""),
            ("无名氏", "男", "19800101", "", "", ""),
        ]
    )
    assert [pair for pair, j in found.items() if j.decision == "same"] == []


def test_what_is_one_person() -> None:
    found = crowd(
        [
            ("张家豪", "男", "19850301", card(11, "19850301"), "13912345678", "锦绣路8号"),
            ("張家豪", "男", "19850301", "", "139-1234-5678", "锦绣路8号"),
            ("章家豪", "男", "19850301", card(11, "19850301"), "", ""),
            ("张家豪", "男", "19850301", card(11, "19850301")[:6] + card(11, "19850301")[8:17], "", ""),   # 15 places
        ]
    )
    assert {pair for pair, j in found.items() if j.decision == "same"} == {(f"x{a}", f"x{b}") for a in range(4) for b in range(a + 1, 4)}
    assert all(set(j.parts) == {"name", "sex", "birth", "card", "phone", "address"} for j in found.values())


def test_one_false_link_does_not_join_two_persons() -> None:
    value = {(0, 1): 9.0, (2, 3): 9.0, (1, 2): 2.0}
    assert together([0, 1, 2, 3], lambda a, b: value.get((a, b), -9.0)) == [[0, 1], [2, 3]]
    assert together([0, 1, 2], lambda a, b: 3.0) == [[0, 1, 2]]
