"""The page of all library metrics 指标清单: `python -m tests.house.metric_list` writes `docs/metric-list.md` from the definitions."""

from __future__ import annotations

from tests.needs import ROOT
from yishu.metrics import centre

PAGE = ROOT / "docs" / "metric-list.md"


def page() -> str:
    """One line a metric."""
    lines = ["# 指标清单", "", "由 `yishu/metrics/library/*.yaml` 生成（`python -m tests.house.metric_list`）；全部待医院确认口径后使用。", ""]
    lines += ["| 编号 | 名称 | 单位 | 类型 | 口径 | 公式 | 归属 | 责任人 |", "|---|---|---|---|---|---|---|---|"]
    for m in sorted(centre().metrics, key=lambda m: m.id):
        role = m.department_role or "不按科室"
        lines.append(f"| {m.id} | {m.label} | {m.unit or '—'} | {m.kind.value} | {m.definition} | {m.formula} | {role} | {m.owner} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
