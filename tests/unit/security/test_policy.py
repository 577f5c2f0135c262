"""Policy 策略: what the file may say, whom a change reaches and when, how several roles meet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from yishu.kernel.errors import InputError
from yishu.metrics import Keep
from yishu.security import Grant, Rows, people
from yishu.security.door import Door
from yishu.security.policy import Mask, RowRule, Where, together
from yishu.security.policy_file import grants, unknown_words

PEOPLE = "people:\n- {name: a, role: reader, department: D1}\n- {name: b, role: nobody_knows, department: D1}\n- {name: c, role: head, roles: [reader], departments: [D1, D2]}\n"
POLICY = "roles:\n  reader: {rows: all}\n"


def folder(path: Path, policy: str = POLICY, persons: str = PEOPLE) -> Path:
    (path / "policy.yaml").write_text(policy, encoding="utf-8")
    (path / "people.yaml").write_text(persons, encoding="utf-8")
    return path


def test_a_role_nobody_declared_has_nothing(tmp_path: Path) -> None:
    a, b, c = people(folder(tmp_path))
    assert a.granted.rows is Rows.ALL and b.granted == Grant() and c.granted.rows is Rows.ALL


@pytest.mark.parametrize(
    "bad",
    [
        "roles: {r: {rows: everything}}", "roles: {r: {row: all}}", "roles: {r: {allow: [{where: {}}]}}", "roles: {r: {allow: [{where: {ward: $wards}}]}}",
        "roles: {r: {deny: [{where: {label: vip}}]}}", "roles: {r: {masks: {visit: {gender: blur}}}}", "roles: {r: {level: 9}}", "roles: {r: {statistics: 1}}",
        "roles: [1]", "labels: {x: {table: visit}}", "other: {}", "roles: {r: {allow: [{where: {treated_days: -1}}]}}", "roles: {r: {whole: visit}}", "a: [",
    ],
)  # fmt: skip
def test_what_cannot_be_read_opens_nothing(tmp_path: Path, bad: str) -> None:
    door = Door(folder(tmp_path), lambda: datetime(2025, 7, 15))
    assert "a" in door.people()
    folder(tmp_path, bad)
    for _ in range(2):
        with pytest.raises(InputError):
            door.people()
    with pytest.raises(InputError):
        grants(tmp_path)
    folder(tmp_path)
    assert "a" in door.people()


def test_a_right_taken_away_is_gone_at_the_next_question(tmp_path: Path) -> None:
    door = Door(folder(tmp_path), lambda: datetime(2025, 7, 15))
    assert door.people()["a"].granted.rows is Rows.ALL
    epoch = door.epoch
    folder(tmp_path, "roles:\n  reader: {rows: none}\n")
    assert not door.unchanged(epoch)
    assert door.people()["a"].granted.rows is Rows.NONE and door.epoch != epoch
    folder(tmp_path, POLICY, "people: [{name: b, role: reader}]\n")
    assert set(door.people()) == {"b"}


def test_the_moment_of_looking_is_known_where_a_rule_asks_for_it(tmp_path: Path) -> None:
    door = Door(folder(tmp_path, "roles:\n  reader: {rows: rules, allow: [{where: {treated_days: 30}}]}\n"), lambda: datetime(2025, 7, 15, 8, 30))
    assert door.people()["a"].at == datetime(2025, 7, 15, 8)


def test_several_roles_are_ored_and_the_strictest_mask_holds() -> None:
    rule = RowRule((Where("ward", ("W1",)),))
    one = Grant(Rows.DEPARTMENTS, masks={"stay": {"a": Mask.YEAR, "b": Mask.HIDE}}, level=3, deny=(rule,), rights=frozenset({"x"}))
    two = Grant(Rows.ALL, hidden={"stay": frozenset({"c"})}, masks={"stay": {"a": Mask.HIDE, "b": Mask.YEAR}}, level=2, allow=(rule,), statistics=True)
    for both in (together([one, two]), together([two, one])):
        assert both.rows is Rows.ALL and both.deny == (rule,) and both.allow == (rule,) and both.level == 2 and both.statistics and both.rights == {"x"}
        assert [both.mask("stay", c, 1) for c in "abcd"] == [Mask.HIDE, Mask.HIDE, Mask.HIDE, None]
        assert both.mask("stay", "d", 3) is Mask.HIDE and both.mask("stay", "d", 2) is None


def test_a_misspelt_column_is_found(tmp_path: Path) -> None:
    known = grants(folder(tmp_path, "roles:\n  r: {rows: all, hidden: {visit: [gendre]}, whole: [vist], deny: [{where: {wrd: [a]}}]}\n"))
    said = unknown_words(known, {"visit": frozenset({"gender", "ward"})})
    assert len(said) == 3 and any("gender" in s for s in said)
    door = Door(tmp_path, lambda: datetime(2025, 7, 15), {"visit": frozenset({"gender", "ward"})})
    with pytest.raises(InputError):
        door.people()


def test_what_is_kept_is_of_one_epoch_one_version_and_one_statement() -> None:
    keep = Keep("v1", "e1")
    keep.note("SELECT 1", {"p1": 1}, [(1,)])
    assert keep.find("SELECT 1", {"p1": 1}) == [(1,)]
    assert keep.find("SELECT 1", {"p1": True}) is None and keep.find("SELECT 1", {"p1": 2}) is None and keep.find("SELECT 2", {"p1": 1}) is None
    keep.epoch = "e2"
    assert keep.find("SELECT 1", {"p1": 1}) is None
    keep.epoch, keep.version = "e1", "v2"
    assert keep.find("SELECT 1", {"p1": 1}) is None
