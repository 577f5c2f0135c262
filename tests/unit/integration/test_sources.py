"""Source texts 来源定义: read as written; every fault with file, line, reason and the nearest right word."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.hospital_folder import a_hospital
from yishu.integration import SourceFaults, source_faults, sources

NOW = datetime(2026, 3, 1, 9)
GOOD = """\
label: 门诊HIS
kind: sqlite
address: ${YISHU_HOME}/sources/his_mz.db
charset: {policy: declared, name: gb18030}
owner: 门诊部
limits: {seconds: 60, wait: 1}
tables:
  MZ_GHZD:
    label: 挂号
    key: [XH]
    cursor: LRSJ
    overlap: 3 days
    identifiers: {HZXM: name, SFZH: id_card}
    checks:
      - {id: mz.id_card, family: bad_id, column: SFZH, kind: checksum,
         when: "SFZH <> '' AND NOT id_card_valid(SFZH)", action: flag, say: 身份证号校验位不符}
  MZ_FZJH:
    key: [XH]
    part_of: {table: MZ_GHZD, on: {GHXH: XH}}
  YY_KSBMK: {key: ID, ignore: {rule: dictionary, say: 只作字典用}}
"""


def test_a_source_is_read_as_written(tmp_path: Path) -> None:
    settings = a_hospital(tmp_path, {"his_mz": GOOD})
    (spec,) = sources(settings.hospital)
    assert (spec.name, spec.label, spec.kind, spec.owner) == ("his_mz", "门诊HIS", "sqlite", "门诊部")
    assert (spec.charset.policy, spec.charset.name, spec.limits.wait) == ("declared", "gb18030", 1)
    visit, queue, dictionary = spec.tables
    assert (visit.key, visit.cursor, visit.overlap) == (("XH",), "LRSJ", timedelta(days=3))
    assert visit.identifiers == {"HZXM": "name", "SFZH": "id_card"}
    assert [(check.id, check.family, check.line) for check in visit.checks] == [("mz.id_card", "bad_id", 15)]
    assert queue.part_of is not None and (queue.part_of.table, queue.part_of.on) == ("MZ_GHZD", {"GHXH": "XH"})
    assert dictionary.key == ("ID",) and dictionary.ignore is not None and dictionary.ignore.rule == "dictionary"


FAULTS = [
    ("kind: sqlite", "kind: sqllite", 2, "kind 不能是 sqllite", "sqlite"),
    ("owner: 门诊部", "ownr: 门诊部", 5, "来源 没有 ownr 这一项", "owner"),
    ("policy: declared", "policy: declare", 4, "charset.policy 不能是 declare", "declared"),
    ("name: gb18030", "name: gb18031", 4, "没有字符集 gb18031", "gb18030"),
    ("    cursor: LRSJ", "    cursr: LRSJ", 11, "没有 cursr 这一项", "cursor"),
    ("overlap: 3 days", "overlap: soon", 12, "overlap 读不懂：soon", ""),
    ("HZXM: name", "HZXM: nam", 13, "identifiers.HZXM 不能是 nam", "name"),
    ("family: bad_id", "family: bad_ids", 15, "family 不能是 bad_ids", "bad_id"),
    ("action: flag", "action: flags", 16, "action 不能是 flags", "flag"),
    ("AND NOT id_card", "AND NOT NOT) id_card", 16, "when 不是合法的条件", ""),
    ("id_card_valid(SFZH)\"", "id_card_valid(SFZH)); DROP TABLE x; SELECT (1\"", 16, "when 只能是一个条件", ""),
    ("table: MZ_GHZD", "table: MZ_GHDZ", 19, "part_of 指向的表 MZ_GHDZ 不在本来源", "MZ_GHZD"),
    ("rule: dictionary, ", "", 20, "ignore 缺少 rule", ""),
    ("label: 门诊HIS\n", "label: [门诊HIS\n", 2, "不是合法的 YAML", ""),
    ("kind: sqlite", "kind: sqlite\npassword: geheim", 3, "口令不能写在这里", ""),
]


@pytest.mark.parametrize(("right", "wrong", "line", "reason", "near"), FAULTS, ids=[fault[1].strip()[:20] for fault in FAULTS])
def test_each_fault_has_file_line_reason_and_nearest_word(
    tmp_path: Path, right: str, wrong: str, line: int, reason: str, near: str
) -> None:
    assert GOOD.count(right) == 1
    settings = a_hospital(tmp_path, {"his_mz": GOOD.replace(right, wrong)})
    found = source_faults(settings.hospital)
    match = [fault for fault in found if reason in fault.reason]
    assert match, [fault.text() for fault in found]
    assert (match[0].file, match[0].line) == ("his_mz.yaml", line)
    if near:
        assert near in match[0].near
        assert f"您要写的是：{near}" in match[0].text()


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("kind: sqlite", "kind: sqllite").replace("action: flag", "action: flags")
    settings = a_hospital(tmp_path, {"his_mz": text, "lis": "label: 检验\n"})
    with pytest.raises(SourceFaults) as caught:
        sources(settings.hospital)
    assert caught.value.exit_status == 2
    assert {fault.file for fault in caught.value.faults} == {"his_mz.yaml", "lis.yaml"}
    assert "his_mz.yaml:2" in caught.value.message and "lis.yaml:1" in caught.value.message


def test_a_password_in_the_text_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    settings = a_hospital(tmp_path, {"his_mz": GOOD.replace("kind: sqlite", "kind: sqlite\npassword: geheim")})
    with pytest.raises(SourceFaults) as caught:
        sources(settings.hospital)
    assert "geheim" not in caught.value.message


@pytest.mark.parametrize("name", ["model", "mimic"])
def test_the_hospitals_of_the_house_have_no_fault(name: str) -> None:
    folder = Path(__file__).parents[3] / "hospitals" / name
    assert [fault.text() for fault in source_faults(folder)] == []
    assert sources(folder)


@pytest.mark.parametrize(("text", "last", "expected"), [
    ("{every: 10 minutes}", "2026-03-01 08:00", "2026-03-01 08:10"),
    ("{every: 6 hours}", "2026-03-01 20:00", "2026-03-02 02:00"),
    ("{daily: '02:00'}", "2026-03-01 01:59", "2026-03-01 02:00"),
    ("{daily: '02:00'}", "2026-03-01 02:00", "2026-03-02 02:00"),
    ("{daily: ['12:30', '02:00']}", "2026-03-01 09:00", "2026-03-01 12:30"),
    ("{daily: ['12:30', '02:00']}", "2026-02-28 12:31", "2026-03-01 02:00"),
])  # fmt: skip
def test_a_timetable_says_when_a_source_is_due_next(tmp_path: Path, text: str, last: str, expected: str) -> None:
    (spec,) = sources(a_hospital(tmp_path, {"his_mz": GOOD.replace("owner:", f"schedule: {text}\nowner:")}).hospital)
    assert spec.schedule is not None
    assert spec.schedule.next(datetime.fromisoformat(last), NOW) == datetime.fromisoformat(expected)
    assert spec.schedule.next(None, NOW) == NOW


@pytest.mark.parametrize("text", ["{every: soon}", "{every: 10 seconds}", "{every: 0 minutes}", "{daily: 2点}", "{}", "{every: 1 hour, daily: '02:00'}", "{hourly: 1}"])
def test_a_timetable_that_cannot_be_read_is_a_fault_with_its_line(tmp_path: Path, text: str) -> None:
    folder = a_hospital(tmp_path, {"his_mz": GOOD.replace("owner:", f"schedule: {text}\nowner:")}).hospital
    assert {fault.line for fault in source_faults(folder)} == {5}
