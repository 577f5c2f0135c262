"""Policy 策略: what the file may say, whom a change reaches and when, how several roles meet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.hospital_rows import warehouse
from yishu.hospital.model import model
from yishu.kernel.errors import InputError
from yishu.metrics import Keep
from yishu.security import Grant, Rows, Viewer, bound, people, scope
from yishu.security.door import Door
from yishu.security.policy import Attribute, Label, Mask, RowRule, Where, together
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


def asked(rows: dict[str, list[dict[str, object]]], history: dict[str, list[dict[str, object]]], grant: Grant, table: str, as_of: datetime | None = None) -> list[object]:
    """The source keys that a head of D0403 with this grant sees of a table."""
    connection = warehouse(rows, history=history)
    text, parameters = bound(scope(Viewer("v", "v", "v", frozenset({"D0403"}), ward="W1", grant=grant), table, model(), as_of=as_of))
    found = [row[0] for row in connection.execute(f"SELECT source_key FROM ({text}) ORDER BY 1", parameters).fetchall()]
    connection.close()
    return found


NOW, THEN, FIRST = datetime(2025, 7, 15), datetime(2025, 6, 1), datetime(2025, 1, 1)


def known(key: str, since: datetime = FIRST, **columns: object) -> dict[str, object]:
    return {"source_key": key, "known_from": since, **columns}


@pytest.mark.parametrize("table", ["stay", "front_page"])
def test_as_of_a_moment_departments_are_those_of_that_moment(table: str) -> None:
    """The patient lay in D0403 by a transfer that was later withdrawn: his stay, and what hangs on it, belonged to D0403 then and not now."""
    rows = {
        "stay": [known("s", stay_id="ZY-1", department="D0301", admit_department="D0301", patient_key=1)],
        "front_page": [known("s", stay_id="ZY-1", department="D0301")],
    }
    gone = {"transfer": [known("t", transfer_id="T1", stay_id="ZY-1", from_department="D0301", to_department="D0403") | {"known_until": NOW}]}
    own = Grant(Rows.DEPARTMENTS)
    assert asked(rows, gone, own, table, THEN) == ["s"] and asked(rows, gone, own, table) == asked(rows, gone, own, table, NOW) == []


def test_as_of_a_moment_the_parent_is_that_of_the_moment() -> None:
    """The stay was of D0403 then; its front page, of another department, belonged with it."""
    rows = {"stay": [known("s", NOW, stay_id="ZY-1", department="D0301", patient_key=1)], "front_page": [known("p", stay_id="ZY-1", department="D0301")]}
    gone = {"stay": [known("s", stay_id="ZY-1", department="D0403", patient_key=1) | {"known_until": NOW}]}
    own = Grant(Rows.DEPARTMENTS)
    assert asked(rows, gone, own, "front_page", THEN) == ["p"] and asked(rows, gone, own, "front_page") == []


def test_as_of_a_moment_a_rule_looks_at_that_moment() -> None:
    """The stay stood in ward W1 then; the diagnosis of that stay is met through it."""
    rows = {"stay": [known("s", NOW, stay_id="ZY-1", ward="W2", patient_key=1)], "diagnosis": [known("c", diagnosis_id="c", stay_id="ZY-1")]}
    gone = {"stay": [known("s", stay_id="ZY-1", ward="W1", patient_key=1) | {"known_until": NOW}]}
    rule = (RowRule((Where("ward", attribute=Attribute.WARD),)),)
    ward, others = Grant(Rows.RULES, allow=rule), Grant(Rows.ALL, deny=rule)
    assert asked(rows, gone, others, "diagnosis", THEN) == [] and asked(rows, gone, others, "diagnosis") == ["c"]
    assert asked(rows, gone, ward, "diagnosis", THEN) == ["c"] and asked(rows, gone, ward, "diagnosis") == []


def test_a_label_means_its_values_and_beginnings_only_where_it_says_so() -> None:
    rows = {"stay": [known("a", stay_id="1", patient_key=1, insurance_type="自费"), known("b", stay_id="2", patient_key=2, insurance_type="自费特需")]}
    for starts, seen in ((False, ["b"]), (True, [])):
        label = Label("l", "stay", "patient_key", "insurance_type", ("自费",), starts)
        assert asked(rows, {}, Grant(Rows.ALL, deny=(RowRule((Where(label=label),)),)), "stay") == seen
