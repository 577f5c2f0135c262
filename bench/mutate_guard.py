"""Mutants 变异 of the guard: each change of the code below must be noticed by the probes or the tests; survivors are listed.

`python -m bench.mutate_guard FOLDER [PART/OF]` works on a copy of the repository in FOLDER, never on this one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

SWAPS: tuple[tuple[str, str, str], ...] = (
    ("And→Or", "exp.And(", "exp.Or("),
    ("Or→And", "exp.Or(", "exp.And("),
    ("false→true", "exp.false()", "exp.true()"),
    ("去掉取反", "exp.Not(this=", "exp.Paren(this="),
)
EVERYWHERE = ("yishu/security/scope.py", "yishu/security/meeting.py")
NAMED: tuple[tuple[str, str, str, str], ...] = (
    ("丢行规则", "yishu/security/scope.py", "    if rule is not None:\n        query.set", "    if False:\n        query.set"),
    ("丢归属列", "yishu/security/scope.py", "ways = [among(_column(column), own) for column in rules.belonging]", "ways = [among(_column(column), own) for column in rules.belonging[1:]]"),
    ("归属恒真", "yishu/security/scope.py", "ways = [among(_column(column), own) for column in rules.belonging]", "ways = [exp.true() for column in rules.belonging]"),
    ("丢旁证归属", "yishu/security/scope.py", "    if also is not None:", "    if False:"),
    ("丢上级归属", "yishu/security/scope.py", "    if parent is not None:", "    if False:"),
    ("上级不筛", "yishu/security/scope.py", 'seen.set("where"', 'seen.copy().set("where"'),
    ("空遮蔽", "yishu/security/scope.py", "if replaced else [exp.Star()]", "if False else [exp.Star()]"),
    ("丢伴随码遮蔽", "yishu/security/scope.py", "if mask is not None and c.code_column]", "if False and c.code_column]"),
    ("年遮蔽成原值", "yishu/security/scope.py", 'exp.TimestampTrunc(this=_column(column.name), unit=exp.var("YEAR"))', "_column(column.name)"),
    ("跳过拒绝", "yishu/security/scope.py", "    if not denied:", "    if True:"),
    ("拒绝不论表", "yishu/security/scope.py", "for rule in viewer.granted.deny if rule.reaches(rules.name)]", "for rule in viewer.granted.deny]"),
    ("允许不论表", "yishu/security/scope.py", "for rule in grant.allow if rule.reaches(rules.name)]", "for rule in grant.allow]"),
    ("允许被丢", "yishu/security/scope.py", "for rule in grant.allow if rule.reaches(rules.name)]", "for rule in grant.allow[:0]]"),
    ("整表不论", "yishu/security/scope.py", "grant.rows is Rows.ALL or rules.name in grant.whole", "grant.rows is Rows.ALL or grant.whole"),
    ("所有表公开", "yishu/security/scope.py", "if viewer.system or rules.public:", "if viewer.system or rules.public or rules.name == 'survey':"),
    ("统计角色见行", "yishu/security/scope.py", "if viewer.granted.statistics and not viewer.counting:", "if False:"),
    ("级别反向", "yishu/security/policy.py", "level > self.level", "level < self.level"),
    ("级别不比", "yishu/security/policy.py", "(self.level is not None and level > self.level)", "False"),
    ("遮蔽取最松", "yishu/security/policy.py", "max(held, mask, key=STRICTNESS.index)", "min(held, mask, key=STRICTNESS.index)"),
    ("多角色丢拒绝", "yishu/security/policy.py", "deny=tuple(dict.fromkeys(r for g in listed for r in g.deny)),", "deny=listed[0].deny,"),
    ("多角色丢隐藏列", "yishu/security/policy.py", "hidden[table] = hidden.get(table, frozenset()) | columns", "hidden[table] = columns"),
    ("级别取最宽", "yishu/security/policy.py", "level=min(levels) if levels else None", "level=max(levels) if levels else None"),
    ("统计被稀释", "yishu/security/policy.py", "statistics=any(", "statistics=all("),
    ("标签不及其人", "yishu/security/meeting.py", "        if label.key != PATIENT:\n", "        if True:\n"),
    ("标签不及上级", "yishu/security/meeting.py", "hops += [hop for hop in HOPS if hop[0] in names]", "hops += []"),
    ("诊疗不论医生", "yishu/security/meeting.py", 'mine = exp.EQ(this=_column("doctor"), expression=value(self.viewer.doctor))', "mine = exp.true()"),
    ("诊疗窗口翻倍", "yishu/security/meeting.py", "timedelta(days=days)", "timedelta(days=2 * days + 9)"),
    ("规则只看第一条", "yishu/security/meeting.py", "for where in rule.where:", "for where in rule.where[:1]:"),
    ("院区不比", "yishu/security/meeting.py", "Attribute.CAMPUS: tuple(sorted(viewer.campuses)),", "Attribute.CAMPUS: ('HQ', 'EAST'),"),
    ("策略陈旧", "yishu/security/door.py", "        if now == self._stamp:", "        if self._stamp is not None:"),
    ("坏文件仍放行", "yishu/security/door.py", "self._known, self._stamp, self.epoch = {}, None", "self._stamp, self.epoch = now"),
    ("缓存不论版次", "yishu/metrics/keep.py", "(self.epoch, self.version, text, values)", "(self.version, text, values)"),
    ("缓存不论数据", "yishu/metrics/keep.py", "(self.epoch, self.version, text, values)", "(self.epoch, text, values)"),
    ("缓存不论参数", "yishu/metrics/keep.py", "(self.epoch, self.version, text, values)", "(self.epoch, self.version, text)"),
    ("不收窄科室", "yishu/metrics/choose.py", "return query if kept else query.with_filter", "return query if True else query.with_filter"),
    ("可问别科", "yishu/metrics/choose.py", "        if _names_others(wanted, register):", "        if False:"),
    ("无行也放行", "yishu/metrics/choose.py", "    if viewer.granted.rows is not Rows.DEPARTMENTS or not viewer.departments:", "    if False:"),
    ("遮蔽列可求和", "yishu/metrics/choose.py", "grant.mask(table.name, path.column, table.column(path.column).level) is not None", "False"),
    ("小格子不藏", "yishu/metrics/smallcell.py", "    return 0 < count < k", "    return 0 < count < k - 1"),
    ("不补藏", "yishu/metrics/smallcell.py", "    changed = bool(gone)", "    changed = False"),
    ("补集不查", "yishu/metrics/statistics.py", "if key in cells and any(too_small(n, k) for n in held):", "if False:"),
    ("不核对问过的", "yishu/metrics/statistics.py", "    if small:\n", "    if False:\n"),
    ("许可表不论模式", "yishu/security/allow.py", "table.catalog == CATALOG and table.db in SCHEMAS", "table.catalog == CATALOG"),
    ("许可函数全开", "yishu/security/allow.py", "elif isinstance(node, exp.Func) and kind not in _FUNCTIONS:", "elif False:"),
)  # fmt: skip
TESTS = ("tests/unit/security/test_policy.py", "tests/property/test_small_cells.py")
PROBE = """
import sys
from bench import proof_guard as P
from bench.guard_oracle import BUILT_IN
P.PROBES_A_HOSPITAL = 500
class Enough(Exception): pass
seen = 0
for seed in range(1, 6):
    o = P.run(seed, 0.01)
    if o.failures: sys.exit(1)
"""


def mutants() -> list[tuple[str, str, str, int]]:
    """Name, file, new text of the whole file by a replacement at a place: (name, file, replaced text, place)."""
    found = []
    root = Path(__file__).parents[1]
    for file in EVERYWHERE:
        text = (root / file).read_text(encoding="utf-8")
        for name, old, new in SWAPS:
            for match in re.finditer(re.escape(old), text):
                changed = text[: match.start()] + new + text[match.end() :]
                found.append((f"{name} {Path(file).stem}:{text.count(chr(10), 0, match.start()) + 1}", file, changed, match.start()))
    for name, file, old, new in NAMED:
        text = (root / file).read_text(encoding="utf-8")
        found.append((name, file, text.replace(old, new, 1) if old in text else "", 0))
    return found


def noticed(folder: Path, file: str) -> str:
    """Who noticed: `tests`, `probes`, or nobody; whoever is likelier to notice is asked first."""
    asks = {
        "tests": ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS, "tests/unit/security/test_lock_down.py"],
        "probes": ["-c", PROBE],
    }  # fmt: skip
    for name in sorted(asks, reverse=file not in EVERYWHERE and "choose" not in file):  # probes first where rows are decided
        if subprocess.run([sys.executable, *asks[name]], cwd=folder, capture_output=True, check=False).returncode:
            return name
    return ""


def main() -> None:
    """Try every mutant; one line of JSON each to standard output, the sum last."""
    folder = Path(sys.argv[1])
    part, of = (int(n) for n in (sys.argv[2] if len(sys.argv) > 2 else "0/1").split("/"))
    killed, survived, stale = 0, [], []
    for name, file, text, _ in mutants()[part::of]:
        if not text:
            stale.append(name)
            continue
        path = folder / file
        whole = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        try:
            by = noticed(folder, file)
        finally:
            path.write_text(whole, encoding="utf-8")
        killed += bool(by)
        if not by:
            survived.append(name)
        print(json.dumps({"mutant": name, "file": file, "killed_by": by}, ensure_ascii=False), flush=True)
    print(json.dumps({"mutants": killed + len(survived), "killed": killed, "survived": survived, "not_applicable": stale}, ensure_ascii=False))


if __name__ == "__main__":
    main()
