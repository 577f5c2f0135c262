"""Matching any table 任意表匹配: the sets given, and bad input."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.needs import ROOT, data_dir
from yishu.identity.cluster import closed, clusters
from yishu.identity.link import FieldMap, FieldOf, Table, link, read_table, write_pairs
from yishu.identity.normalise import Kind, field
from yishu.kernel.citizen import check_character, citizen_number
from yishu.kernel.errors import InputError

PEOPLE = FieldMap("id", (FieldOf("name", Kind.FULL_NAME), FieldOf("birth", Kind.BIRTH), FieldOf("phone", Kind.PHONE)))


@pytest.mark.needs("data:record-linkage")
@pytest.mark.parametrize(("name", "pairs", "least"), [("febrl_dataset1", 500, 1.0), ("febrl_dataset2", 1934, 0.9985)])
def test_febrl(name: str, pairs: int, least: float) -> None:
    from bench.link import main as score

    found = score(data_dir() / "record-linkage")["sets"][name]
    assert found["pairs"] == pairs
    assert found["f1"] >= least


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("11010519491231002X", ("11010519491231002X", False)),
        ("11010519491231002x", ("11010519491231002X", False)),
        ("440524188001010014", ("440524188001010014", False)),
        ("830000199201300022", ("830000199201300022", False)),
        ("911124198108030024", ("911124198108030024", False)),
        ("110105491231002", ("11010519491231002X", True)),
        ("110105194912310021", ("", False)),
        ("11010519490231002X", ("", False)),
        ("1.10105E+17", ("", False)),
    ],
)
def test_citizen_numbers_of_gb_11643(said: str, known: tuple[str, bool]) -> None:
    assert citizen_number(said) == known


def test_any_single_changed_digit_is_found() -> None:
    good = "440524188001010014"
    for place in range(17):
        for digit in "0123456789":
            if digit != good[place]:
                assert check_character(good[:place] + digit + good[place + 1 : 17]) != good[17]


@pytest.mark.parametrize(
    ("kind", "said", "normal"),
    [
        (Kind.FULL_NAME, " 买买提·艾力 ", "买买提艾力"),
        (Kind.FULL_NAME, "王　磊", "王磊"),
        (Kind.PHONE, "+86 138-0000-1111", "13800001111"),
        (Kind.BIRTH, "1992年2月3日", "19920203"),
        (Kind.BIRTH, "1992/2/3", "19920203"),
        (Kind.ID, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        (Kind.ADDRESS, "-", ""),
    ],
)
def test_normal_forms(kind: Kind, said: str, normal: str) -> None:
    assert field(kind, said) == normal


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20))
def test_clusters_are_closed(pairs: list[tuple[int, int]]) -> None:
    reach = {n: {n} for n in range(12)}
    for _ in range(12):
        for a, b in pairs:
            reach[a] |= reach[b]
            reach[b] |= reach[a]
    expected = {(a, b) for a in reach for b in reach[a] if a < b}
    assert closed(12, pairs) == expected
    assert sorted(n for c in clusters(12, pairs) for n in c) == sorted({n for pair in expected for n in pair})


def test_records_without_any_value_match_nobody() -> None:
    table = Table(["1", "2", "3"], {"name": ["", "", "王磊"], "birth": ["", "", ""], "phone": ["", "-", ""]})
    assert link(PEOPLE, table) == []


def test_many_people_sharing_one_phone_stay_apart() -> None:
    names = [f"{a}{b}" for a in "赵钱孙李周吴郑王" for b in "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"]
    births = [f"19{50 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}" for n in range(len(names))]
    table = Table([str(n) for n in range(len(names))], {"name": names, "birth": births, "phone": ["05510000000"] * len(names)})
    assert [j for j in link(PEOPLE, table) if j.decision == "same"] == []


def test_the_same_input_gives_the_same_pairs() -> None:
    table = Table(["a", "b", "c"], {"name": ["王磊", "王磊", "李娜"], "birth": ["19800101"] * 3, "phone": ["1", "1", "2"]})
    once, again = io.StringIO(), io.StringIO()
    write_pairs(once, link(PEOPLE, table))
    write_pairs(again, link(PEOPLE, table))
    assert once.getvalue() == again.getvalue()


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,name,birthday,phone\n1,王磊,19800101,1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "p.csv", PEOPLE)
    assert caught.value.code == "link.no_column"
    assert "birthday" in caught.value.hint


def test_a_table_in_gbk_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,name,birth,phone\n1,欧阳锋,19800101,1\n", encoding="gb18030")
    assert read_table(tmp_path / "p.csv", PEOPLE).columns["name"] == ["欧阳锋"]


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,name,birth\n1,王磊,19800101\n2,王磊,19800101\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text("id: id\nfields:\n  - {column: name, kind: fullname}\n", encoding="utf-8")
    words = [sys.executable, "-m", "yishu.cli", "link", str(tmp_path / "p.csv"), "--fields", str(tmp_path / "m.yaml"), "--out", str(tmp_path / "o.csv")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "full_name" in done.stderr
    (tmp_path / "m.yaml").write_text("id: id\nfields:\n  - {column: name, kind: full_name}\n  - {column: birth, kind: birth}\n", encoding="utf-8")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o.csv").read_text().splitlines()[0] == "id_a,id_b,weight,probability,decision"
