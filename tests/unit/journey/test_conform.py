"""Conformance 符合性 against a slow oracle that reads each case letter by letter; the shipped pathways; bad pathways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishu.hospital import activities, model
from yishu.journey import pathway_faults
from yishu.journey.conform import Rule, conform, pathways
from yishu.journey.process import UNKNOWN, steps_of
from yishu.kernel.errors import InputError

LETTERS = ("a", "b", "c")
LOG = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 40)), max_size=30)
RULE = st.builds(
    Rule,
    kind=st.sampled_from(["existence", "absence", "precedence", "response", "gap"]),
    label=st.just(""),
    first=st.sampled_from([("a",), ("a", "c"), ("b",)]),
    then=st.sampled_from([("b",), ("c",), ("b", "c"), ("a",)]),
    within=st.sampled_from([0.0, 5.0, 12.0]),
    at_most=st.integers(0, 2),
)


def _oracle(case: list[tuple[int, int, str]], rule: Rule) -> bool | None:
    """True kept, False broken, None not spoken of."""
    first = [n for n, (_, _, a) in enumerate(case) if a in rule.first]
    then = [n for n, (_, _, a) in enumerate(case) if a in rule.then]
    if rule.kind == "existence":
        return bool(first)
    if rule.kind == "absence":
        return len(first) <= rule.at_most
    if rule.kind == "precedence":
        return None if not then else any(f < then[0] for f in first)
    spans = []
    for f in first if rule.kind == "response" else first[:1]:
        later = [t for t in then if t > f]
        spans.append(case[later[0]][0] - case[f][0] if later else None)
    if rule.kind == "gap":
        return None if not spans or spans[0] is None else spans[0] <= (rule.within or 0)
    return None if not spans else all(s is not None and s <= (rule.within or 0) for s in spans)


@settings(max_examples=400, deadline=None)
@given(LOG, RULE)
def test_equal_to_the_oracle(log: list[tuple[int, int, int]], rule: Rule) -> None:
    case, activity, minute = (np.array(part, np.int64) for part in zip(*log, strict=True)) if log else (np.zeros(0, np.int64),) * 3
    steps = steps_of(case, activity, np.full(len(log), UNKNOWN), minute * 60_000_000, LETTERS)
    found = conform(steps, (rule,))
    cases: dict[int, list[tuple[int, int, str]]] = {}
    for place, (c, a, t) in enumerate(log):
        cases.setdefault(c, []).append((t, place, LETTERS[a]))
    said = {c: _oracle(sorted(events), rule) for c, events in cases.items()}
    verdict = found.verdicts[0]
    assert set(verdict.broken) == {c for c, ok in said.items() if ok is False}
    assert (verdict.judged, verdict.kept) == (sum(ok is not None for ok in said.values()), sum(ok is True for ok in said.values()))
    assert found.cases == len(cases) and found.conforming == sum(ok is not False for ok in said.values())


def test_ten_pathways_are_shipped_and_have_no_fault() -> None:
    shipped = pathways(Path("hospitals/model"))
    assert len(shipped) >= 10
    assert all(pathway.rules and pathway.label for pathway in shipped)
    assert pathway_faults(Path("hospitals/model"), activities(model())) == ()


def test_check_names_file_line_and_the_nearest_activity(tmp_path: Path) -> None:
    (tmp_path / "pathways").mkdir()
    (tmp_path / "pathways" / "hip.yaml").write_text(
        "label: 髋\nlabl: x\ncohort: {unit: stay, passed: [手木]}\nrules:\n- {kind: response, first: 入院, then: 发药, within: 2天}\n"
        "- kind: precedence\n  first: 申请手木\n  then: 签名出院记录\n- {kind: gap, first: 入院, then: 出院}\n",
        encoding="utf-8",
    )
    found = [(fault.line, fault.reason, fault.near[:1]) for fault in pathway_faults(tmp_path, activities(model()))]
    assert found == [
        (2, "不认识 labl", ("label",)), (3, "没有活动 手木", ("手术",)), (7, "没有活动 申请手木", ("申请手术",)),
        (9, "第 3 条：gap 要写 within；如 within: 30分钟", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("label: x\nrules: [{kind: perhaps, first: a, then: b}]", "perhaps"),
        ("label: x\nrules: [{kind: gap, first: a, then: b}]", "within"),
        ("label: x\nrules: [{kind: response, first: a, then: b, within: soon}]", "soon"),
        ("label: x\nrules: [{kind: response, first: a}]", "response"),
        ("label: x\nrules: [{kind: absence, activity: a, atmost: 1}]", "atmost"),
        ("label: x\ncohort: {unit: week}\nrules: []", "week"),
        ("rules: 3", "rules"),
        ("a: [", "YAML"),
    ],
)
def test_a_bad_pathway_is_named(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "pathways").mkdir()
    (tmp_path / "pathways" / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        pathways(tmp_path)
    assert word in caught.value.message and "bad.yaml" in caught.value.where
