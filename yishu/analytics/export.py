"""Export 导出: Excel that says what it is: 截至, 口径, and 模拟数据 where the data is invented."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from yishu import metrics
from yishu.analytics.desk import Desk
from yishu.analytics.source import DefectLine

MOST_WIDE = 40


def answer_workbook(desk: Desk, answer: Mapping[str, Any], query: metrics.MetricQuery) -> bytes:
    """An answer 指标答案 as a workbook; a second sheet says how each metric is defined."""
    heads = [_head(column) for column in answer["columns"]]
    notes = [_definition(desk, name) for name in query.metrics]
    facts = _facts(desk, answer.get("data_through"), query)
    facts += [("说明", str(entry.get("say", ""))) for entry in answer.get("incomplete") or [] if isinstance(entry, dict)]
    return _workbook(desk, "指标", heads, answer["rows"], facts, notes)


def rows_workbook(desk: Desk, evidence: Mapping[str, Any], request: metrics.RowsRequest) -> bytes:
    """The rows behind a cell 凭据明细 as a workbook."""
    heads = [_head(column) for column in evidence["columns"]]
    metric = desk.centre.metric(request.metric)
    facts = _facts(desk, None, request.query)
    facts += [("单元格", f"{metric.label} = {evidence['value']}{metric.unit}"), ("行数", f"{evidence['total']}（本表 {len(evidence['rows'])} 行）")]
    return _workbook(desk, "明细", heads, evidence["rows"], facts, [_definition(desk, metric.id)])


def defects_workbook(desk: Desk, found: Iterable[DefectLine], department: str | None) -> bytes:
    """The list of defects 数据问题清单 for the department that can mend them."""
    heads = ["归口科室", "问题类别", "来源", "来源表", "主键", "字段", "规则", "问题", "处理"]
    rows = [
        [d.department, d.family, d.source, d.source_table, d.key, d.column, d.rule, d.message, d.action] for d in found
    ]
    facts = [*_stamp(desk), ("归口科室", department or "全部"), ("条数", str(len(rows)))]
    return _workbook(desk, "数据问题", heads, rows, facts, [])


def _facts(desk: Desk, through: object, query: metrics.MetricQuery) -> list[tuple[str, str]]:
    facts = _stamp(desk)
    if through:
        facts.append(("数据截至", str(through).replace("T", " ")))
    if query.time is not None:
        span = query.time.as_json()
        facts.append(("时间范围", f"{span['start']} 至 {span['end']}"))
    for each in query.filters:
        label = desk.centre.dimension(each.dimension).label
        facts.append((f"筛选 {label}", f"{each.op} {'、'.join('未填' if v is None else str(v) for v in each.values[:50])}"))
    return facts


def _stamp(desk: Desk) -> list[tuple[str, str]]:
    facts = [("医院", desk.profile.name), ("截至", f"{desk.clock():%Y-%m-%d %H:%M}"), ("导出人", desk.viewer.display)]
    return [("注意", "模拟数据，非真实患者"), *facts] if desk.profile.demo else facts


def _definition(desk: Desk, name: str) -> tuple[str, str, str]:
    metric = desk.centre.metric(name)
    return metric.label, f"{metric.definition}（{metric.formula}）", f"第 {metric.version} 版 · {metric.standing} · {metric.owner}"


def _head(column: Mapping[str, Any]) -> str:
    unit = column.get("unit")
    return f"{column['label']}（{unit}）" if unit else str(column["label"])


def _workbook(
    desk: Desk, title: str, heads: Sequence[str], rows: Sequence[Sequence[object]], facts: Sequence[tuple[str, str]],
    notes: Sequence[tuple[str, str, str]],
) -> bytes:  # fmt: skip
    """Text is written as text: a value beginning with = is no formula, a long number no float."""
    import xlsxwriter  # here: only who exports needs it

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})  # fmt: skip
    book.set_properties({"created": datetime(2000, 1, 1), "title": title})
    bold, plain, wrapped = book.add_format({"bold": True}), book.add_format(), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(title)
    for at, (name, told) in enumerate(facts):
        sheet.write_string(at, 0, name, bold)
        sheet.write_string(at, 1, told, plain)
    top = len(facts) + 1
    for place, head in enumerate(heads):
        sheet.write_string(top, place, head, bold)
        sheet.set_column(place, place, min(max(len(head) * 2 + 2, 10), MOST_WIDE))
    for at, row in enumerate(rows, start=top + 1):
        for place, value in enumerate(row):
            _write(sheet, at, place, value)
    if rows:
        sheet.autofilter(top, 0, top + len(rows), max(len(heads) - 1, 0))
    sheet.freeze_panes(top + 1, 0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.repeat_rows(top)
    sheet.set_footer("&L" + (desk.profile.name + (" 模拟数据" if desk.profile.demo else "")) + "&R第 &P 页，共 &N 页")
    if notes:
        page = book.add_worksheet("口径")
        page.set_column(0, 0, 20)
        page.set_column(1, 1, 90)
        page.set_column(2, 2, 30)
        for at, note in enumerate(notes):
            for place, text in enumerate(note):
                page.write_string(at, place, text, bold if place == 0 else wrapped)
    book.close()
    return stream.getvalue()


def _write(sheet: Any, at: int, place: int, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(at, place, "是" if value else "否")
    elif isinstance(value, (int, float)):
        sheet.write_number(at, place, value)
    else:
        sheet.write_string(at, place, str(value)[:32000])
