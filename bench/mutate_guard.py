"""Mutants 变异 of the guard: each change of the code below must be noticed by the probes or the tests; survivors are listed.

Every mutant lives in a process of its own, forked from one that has loaded the libraries: the changed text of one module is handed to
the import, no file is written. It ends at the first thing that notices. `python -m bench.mutate_guard [NAME …]` tries all mutants or
those whose name holds one of the words; `make proof NAME=mutants` keeps the result.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
LIBRARIES = ("duckdb", "sqlglot", "sqlglot.dialects.duckdb", "yaml", "pyarrow", "pandas", "sqlalchemy", "pytest")
SECONDS = 240
"""A mutant that runs this long has been noticed by whoever waits for it."""
SWAPS: tuple[tuple[str, str, str], ...] = (
    ("And→Or", "exp.And(", "exp.Or("),
    ("Or→And", "exp.Or(", "exp.And("),
    ("false→true", "exp.false()", "exp.true()"),
    ("去掉取反", "exp.Not(this=", "exp.Paren(this="),
    ("≤→<", "exp.LTE(", "exp.LT("),
    (">→≥", "exp.GT(", "exp.GTE("),
    ("≥→>", "exp.GTE(", "exp.GT("),
)
EVERYWHERE = ("yishu/security/scope.py", "yishu/security/meeting.py")
ROWS, FILES, CELLS, LOCK = ("probes", "policy", "cells"), ("policy", "probes"), ("cells",), ("lock",)
FIRST = {
    "scope": ROWS, "meeting": ROWS, "choose": ROWS, "policy": (*FILES, "cells"), "door": FILES, "keep": FILES, "smallcell": CELLS, "statistics": CELLS,
    "asked": CELLS, "allow": LOCK, "viewer": FILES, "policy_file": FILES, "card": ROWS,
}  # fmt: skip
"""Who notices a change of which module likeliest, asked in this order."""
TESTS = {
    "policy": ("tests/unit/security/test_policy.py",),
    "cells": ("tests/property/test_small_cells.py",),
    "lock": ("tests/unit/security/test_lock_down.py",),
}
EXCUSED: dict[str, str] = {}
"""Mutants that cannot matter, each with the reason."""


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
    ("许可函数全开", "yishu/security/allow.py", "if isinstance(node, exp.Func) and kind not in _FUNCTIONS:", "if False:"),
    ("许可不看深处", "yishu/security/allow.py", "                waiting += [n for n in held if isinstance(n, exp.Expr)]", "                pass"),
    ("许可语句全开", "yishu/security/allow.py", "    if kind in _FORBIDDEN:", "    if False:"),
    ("许可未限定的表", "yishu/security/allow.py", "        return table.name in known", "        return True"),
    ("许可具名函数全开", "yishu/security/allow.py", "return None if node.name.lower() in NAMED else", "return None if True else"),
    ("无名角色有全部", "yishu/security/viewer.py", "own = self.grant or DEFAULT.get(self.role, NOTHING)", "own = self.grant or DEFAULT.get(self.role, DEFAULT['director'])"),
    ("多角色只看第一个", "yishu/security/viewer.py", "return together((own, *self.more)) if self.more else own", "return own"),
    ("标签当作开头", "yishu/security/meeting.py", "_begins(label) if label.starts else", "_begins(label) if True else"),
    ("当时不看历史", "yishu/security/scope.py", "    if as_of is None:\n        return current", "    if True:\n        return current"),
    ("规则看现在不看当时", "yishu/security/scope.py", "met = Meeting(viewer, tables, lambda table: _relation(table, as_of))", "met = Meeting(viewer, tables, lambda table: _relation(table, None))"),
    ("旁证看现在不看当时", "yishu/security/scope.py", "inner = _keys(also.on, _relation(also.table, as_of))", "inner = _keys(also.on, _relation(also.table, None))"),
    ("上级看现在不看当时", "yishu/security/scope.py", "seen = _keys(parent.on, _relation(parent.table, as_of))", "seen = _keys(parent.on, _relation(parent.table, None))"),
    ("取值不论科室", "yishu/metrics/card.py", "listed = [m for m in listed if m.id in viewer.departments]", "pass"),
    ("取值不论角色", "yishu/metrics/card.py", "elif viewer.granted.rows is Rows.NONE and not viewer.system:", "elif False:"),
    ("统计角色看明细", "yishu/metrics/statistics.py", "    if viewer.granted.statistics:\n        raise NotPermitted(\"statistics.rows\"", "    if False:\n        raise NotPermitted(\"statistics.rows\""),
    ("统计角色用任何形式", "yishu/metrics/statistics.py", "    if bad:\n", "    if False:\n"),
    ("补藏只藏一格", "yishu/metrics/smallcell.py", "len(lost) > 1 and sum", "len(lost) > 0 or sum"),
    ("补藏不论人数", "yishu/metrics/smallcell.py", "and sum(cells[key].count for key in lost) >= k", "and True"),
    ("比率之余不算", "yishu/metrics/smallcell.py", "rest = within and too_small(denominator - numerator, k)", "rest = False"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change 一处变异: the module it changes and its whole text; no text where the place is gone from the code."""

    name: str
    file: str
    text: str

    @property
    def module(self) -> str:
        """The module by its dotted name."""
        return self.file.removesuffix(".py").replace("/", ".")


def mutants() -> list[Mutant]:
    """Every mutant, always in the same order."""
    found = []
    for file in EVERYWHERE:
        text = (ROOT / file).read_text(encoding="utf-8")
        for name, old, new in SWAPS:
            for match in re.finditer(re.escape(old), text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(Mutant(f"{name} {Path(file).stem}:{line}", file, text[: match.start()] + new + text[match.end() :]))
    for name, file, old, new in NAMED:
        text = (ROOT / file).read_text(encoding="utf-8")
        found.append(Mutant(name, file, text.replace(old, new, 1) if old in text else ""))
    return found


class Handed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Hands the changed text of one module to the import 换上变异的一个模块."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        """Only this one module."""
        return importlib.util.spec_from_loader(fullname, self, origin=str(ROOT / self.mutant.file)) if fullname == self.mutant.module else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed text."""
        module.__file__ = str(ROOT / self.mutant.file)
        exec(compile(self.mutant.text, module.__file__, "exec"), module.__dict__)


def probed() -> bool:
    """Random people against their copies, then hidden rows changed: whether anything is wrong."""
    import random

    from bench import proof_guard

    for seed in (1, 2, 3, 4):
        ground, r = proof_guard.Ground(seed), random.Random(seed)
        for _ in range(110):
            if any(proof_guard.probe(r, ground, r.choice(ground.people))[1]):
                return True
        ground.connection.close()
    return False


def tested(name: str) -> bool:
    """Whether a test file fails; a run that could not begin tells nothing."""
    import pytest

    code = int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning", *TESTS[name]]))
    if code not in (0, 1):
        raise RuntimeError(name)
    return code == 1


def noticed(mutant: Mutant) -> str:
    """Who notices, in this process; empty where nobody does."""
    sys.meta_path.insert(0, Handed(mutant))
    try:
        importlib.import_module(mutant.module)
    except Exception:
        return "import"
    stem = Path(mutant.file).stem
    for name in dict.fromkeys((*FIRST[stem], "probes", *TESTS)):
        if name != "probes":
            if tested(name):
                return name
            continue
        try:
            if probed():
                return name
        except Exception:  # the product stopped where it should have answered
            return "probes"
    return ""


def tried(mutant: Mutant) -> str:
    """Who notices the mutant, found out in a child process."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        signal.alarm(SECONDS)
        try:
            os.write(into, (noticed(mutant) or "nobody").encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as told:
        by = told.read().decode()
    os.waitpid(child, 0)
    return "" if by == "nobody" else by or "broken"


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant and who noticed it 结果; `by` None where its place is gone."""

    mutant: Mutant
    by: str | None

    @property
    def survives(self) -> bool:
        """Noticed by nobody and not excused, or broken before anybody could look."""
        return self.by in (None, "import", "broken") or (not self.by and self.mutant.name not in EXCUSED)


def each(chosen: list[Mutant]) -> Iterator[Tried]:
    """Try them one after the other."""
    for name in LIBRARIES:
        importlib.import_module(name)
    with contextlib.chdir(ROOT):
        for mutant in chosen:
            yield Tried(mutant, tried(mutant) if mutant.text else None)


def main(words: list[str], say: Callable[[str], object] = print) -> int:
    """Try mutants; one line of JSON each, the sum last."""
    chosen = [m for m in mutants() if not words or any(w in m.name or w in m.file for w in words)]
    results = []
    for tried_ in each(chosen):
        began = time.monotonic()
        results.append(tried_)
        say(json.dumps({"mutant": tried_.mutant.name, "file": tried_.mutant.file, "noticed_by": tried_.by, "at": round(began, 1)}, ensure_ascii=False))
    left = [t.mutant.name for t in results if t.survives]
    say(json.dumps({"mutants": len(results), "survive": left, "excused": [t.mutant.name for t in results if t.by == "" and not t.survives]}, ensure_ascii=False))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], lambda line: print(line, flush=True)))
