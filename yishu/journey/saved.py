"""Saved 存为指标: an edge of the process map as a metric definition of the hospital folder. Pure: words in, text out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import yaml

from yishu.kernel.errors import InputError

MOST_DAYS = 366


class _Plain(yaml.SafeDumper):
    """Without anchors: what is said twice is written twice, for people to read."""

    def ignore_aliases(self, data: object) -> bool:
        """Always."""
        return True


_KEY = {"stay": "stay_id", "visit": "visit_id"}
_UNIT = {"stay": "住院", "visit": "门急诊"}


@dataclass(frozen=True, slots=True)
class EdgeMetric:
    """An edge to keep as a metric 连线指标: of the `before` events of a stay or visit, the share followed by an `after` within `days`."""

    unit: str
    before: str
    after: str
    days: int
    label: str

    @property
    def id(self) -> str:
        """The same edge and span have the same id."""
        mark = hashlib.sha256(f"{self.unit}|{self.before}|{self.after}|{self.days}".encode()).hexdigest()[:8]
        return f"edge_{mark}"


def edge_metric(unit: str, before: str, after: str, days: int, label: str = "") -> EdgeMetric:
    """Checked. Raises InputError."""
    if unit not in _KEY:
        raise InputError("edge.unit", f"unit 只能是 stay 或 visit，写的是 {unit}", where="unit")
    if not 0 <= days <= MOST_DAYS:
        raise InputError("edge.days", f"天数应在 0 与 {MOST_DAYS} 之间，写的是 {days}", where="days")
    said = " ".join(label.split()) or f"{before}后{days}天内{after}率"
    if not before or not after or len(said) > 60 or re.search(r"[\x00-\x1f]", before + after + said):
        raise InputError("edge.words", "连线或名称写得不对", hint="名称不超过 60 字", where="label")
    return EdgeMetric(unit, before, after, days, said)


def definition(metric: EdgeMetric, owner: str) -> str:
    """The definition's YAML 口径文本, as it lies in `metrics/<id>.yaml`."""
    key = _KEY[metric.unit]
    alone: list[object] = [{"activity": metric.before}, {key: {"not_null": True}}]
    if metric.unit == "visit":
        alone.append({"stay_id": {"is_null": True}})
    later = {"table": "event", "on": key, "after": "completed", "at": "completed", "days": metric.days, "where": [{"activity": metric.after}], "other": True}
    base = f"{_UNIT[metric.unit]}中“{metric.before}”的次数"
    told = {
        "id": metric.id,
        "label": metric.label,
        "unit": "%",
        "better": "none",
        "kind": "ratio",
        "definition": f"同一次{_UNIT[metric.unit]}中，“{metric.before}”完成后 {metric.days} 天内又有“{metric.after}”的，占“{metric.before}”的比例；中间可以隔着别的活动；归属前一步的科室与完成时间",
        "formula": f"{metric.days} 天内有“{metric.after}”的次数 ÷ {base} × 100%",
        "department_role": "前一步所在科室",
        "axes": {"happened": "前一步完成时间"},
        "needs": "day",
        "dimensions": ["department", "department_group", "ward"],
        "numerator": {"say": f"{metric.days} 天内有“{metric.after}”的次数", "table": "event", "where": [*alone, {"followed": later}], "count": "rows", "times": {"happened": "completed"}},
        "denominator": {"say": base, "table": "event", "where": alone, "count": "rows", "times": {"happened": "completed"}},
        "multiplier": 100,
        "owner": owner,
        "steward": owner,
        "level": 3,
        "standing": "待医院确认",
        "version": 1,
    }
    return f"# 由流程图的连线“{metric.before}→{metric.after}”存成\n" + yaml.dump(told, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=200)
