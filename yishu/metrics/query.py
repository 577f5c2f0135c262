"""MetricQuery 指标查询: the one question language (design §5.2), read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from yishu.hospital.errors import near
from yishu.kernel.errors import InputError

OPS = ("in", "not_in", "=", "!=", "<", "<=", ">", ">=", "between", "is_null", "not_null")
COMPARES = ("yoy", "mom", "custom")
MOST_VALUES = 10_000
MOST_ROWS = 1_000_000
_KEYS = (
    "metrics", "dimensions", "filters", "time", "compare", "compare_base", "order", "limit", "limit_by", "having", "share",
    "totals", "as_of",
)  # fmt: skip
Member = str | int | float | None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter 筛选 on a dimension."""

    dimension: str
    op: str
    values: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time 时间范围, both ends included; `fine` where the ends are given to the minute."""

    start: datetime
    end: datetime
    fine: bool = False
    on: str | None = None

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return self.end + (timedelta(minutes=1) if self.fine else timedelta(days=1))

    def as_json(self) -> dict[str, str]:
        """As in a query."""
        form = "%Y-%m-%dT%H:%M" if self.fine else "%Y-%m-%d"
        told = {"start": self.start.strftime(form), "end": self.end.strftime(form)}
        return told | ({"on": self.on} if self.on else {})


@dataclass(frozen=True, slots=True)
class Order:
    """The order 排序 of rows."""

    by: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Having:
    """A condition on a computed value 结果条件."""

    metric: str
    op: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LimitBy:
    """The first n rows of each member 每组前几."""

    dimension: str
    n: int


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A question 查询 to the metric centre."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    time: Span | None = None
    on: str | None = None
    compare: tuple[str, ...] = ()
    compare_base: Span | None = None
    order: Order | None = None
    limit: int | None = None
    limit_by: LimitBy | None = None
    having: tuple[Having, ...] = ()
    share: bool = False
    totals: tuple[tuple[str, ...], ...] = ()
    as_of: datetime | None = None

    @staticmethod
    def parse(given: object) -> MetricQuery:
        """Read a query; InputError names the field, what came and what was possible."""
        body = _object(given, "query")
        _only(body, _KEYS, "query")
        on = None
        time = body.get("time")
        span = None
        if time is not None:
            named = _object(time, "time")
            _only(named, ("start", "end", "on"), "time")
            on = None if named.get("on") is None else _text(named["on"], "time.on")
            if named.get("start") is not None or named.get("end") is not None or on is None:
                span = _span(named, "time", on)
        compare = tuple(_one_of(c, COMPARES, "compare") for c in _array(body.get("compare"), "compare"))
        base = None
        if body.get("compare_base") is not None:
            named = _object(body["compare_base"], "compare_base")
            _only(named, ("start", "end"), "compare_base")
            base = _span(named, "compare_base", None)
        metrics = _distinct(body.get("metrics"), "metrics")
        if not metrics:
            raise _bad("query.no_metric", "至少要有一个指标", "metrics", '如 {"metrics": ["outpatient_visits"]}')
        return MetricQuery(
            metrics=metrics,
            dimensions=_distinct(body.get("dimensions"), "dimensions"),
            filters=tuple(_filter(f, i) for i, f in enumerate(_array(body.get("filters"), "filters"))),
            time=span,
            on=on,
            compare=tuple(dict.fromkeys(compare)),
            compare_base=base,
            order=_order(body.get("order")),
            limit=_count(body.get("limit"), "limit"),
            limit_by=_limit_by(body.get("limit_by")),
            having=tuple(_having(h, i) for i, h in enumerate(_array(body.get("having"), "having"))),
            share=_flag(body.get("share"), "share"),
            totals=_totals(body.get("totals")),
            as_of=_as_of(body.get("as_of")),
        )

    def as_json(self) -> dict[str, object]:
        """The query with every field, as it can be asked again."""
        time: dict[str, str] | None = self.time.as_json() if self.time else None
        if time is None and self.on:
            time = {"on": self.on}
        return {
            "metrics": list(self.metrics),
            "dimensions": list(self.dimensions),
            "filters": [{"dimension": f.dimension, "op": f.op, "values": list(f.values)} for f in self.filters],
            "time": time,
            "compare": list(self.compare),
            "compare_base": self.compare_base.as_json() if self.compare_base else None,
            "order": {"by": self.order.by, "dir": "desc" if self.order.descending else "asc"} if self.order else None,
            "limit": self.limit,
            "limit_by": {"dimension": self.limit_by.dimension, "n": self.limit_by.n} if self.limit_by else None,
            "having": [
                {
                    "metric": h.metric,
                    "op": h.op,
                    "value": list(h.values) if h.op in ("between",) else (h.values or (None,))[0],
                }
                for h in self.having
            ],
            "share": self.share,
            "totals": [list(by) for by in self.totals] if self.totals else False,
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }

    def with_filter(self, added: Filter) -> MetricQuery:
        """The query with one more filter."""
        return replace(self, filters=(*self.filters, added))


def _bad(code: str, message: str, where: str, hint: str = "") -> InputError:
    return InputError(code, message, hint=hint, where=where)


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _bad("query.type", f"{where} 应是对象 {{…}}，给的是 {_shown(value)}", where)
    return value


def _array(value: object, where: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise _bad("query.type", f"{where} 应是列表 […]，给的是 {_shown(value)}", where)
    return list(value)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _bad("query.type", f"{where} 应是文字，给的是 {_shown(value)}", where)
    return value


def _flag(value: object, where: str) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _bad("query.type", f"{where} 应是 true 或 false，给的是 {_shown(value)}", where)
    return value


def _count(value: object, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_ROWS:
        raise _bad("query.type", f"{where} 应是 1 到 {MOST_ROWS} 的整数，给的是 {_shown(value)}", where)
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _only(body: Mapping[str, object], keys: tuple[str, ...], where: str) -> None:
    for key in body:
        if key not in keys:
            close = near(str(key), keys) or keys
            raise _bad("query.key", f"不认识的字段 {_shown(key)}", f"{where}.{key}", "您要找的是：" + "、".join(close))


def _one_of(value: object, possible: tuple[str, ...], where: str) -> str:
    if not isinstance(value, str) or value not in possible:
        close = near(value, possible) if isinstance(value, str) else ()
        raise _bad("query.value", f"{where} 不能是 {_shown(value)}", where, "可用：" + "、".join(close or possible))
    return value


def _distinct(value: object, where: str) -> tuple[str, ...]:
    listed = [_text(v, where) for v in _array(value, where)]
    for name in listed:
        if listed.count(name) > 1:
            raise _bad("query.twice", f"{where} 里 {name} 出现了两次", where)
    return tuple(listed)


def _filter(given: object, place: int) -> Filter:
    where = f"filters[{place}]"
    body = _object(given, where)
    _only(body, ("dimension", "op", "values"), where)
    op = _one_of(body.get("op", "in"), OPS, f"{where}.op")
    values = _array(body.get("values"), f"{where}.values")
    if len(values) > MOST_VALUES:
        raise _bad(
            "query.too_many_values",
            f"一个筛选最多 {MOST_VALUES} 个值，给了 {len(values)} 个",
            f"{where}.values",
            "改用上一级的成员或时间范围",
        )
    for value in values:
        if isinstance(value, bool) or not (value is None or isinstance(value, (str, int, float))):
            raise _bad("query.type", f"筛选的值应是文字、数字或 null，给的是 {_shown(value)}", f"{where}.values")
    wanted = {"is_null": 0, "not_null": 0, "between": 2}.get(op, 1)
    exact = op not in ("in", "not_in")
    if (exact and len(values) != wanted) or (not exact and not values):
        number = str(wanted) if exact else "至少 1"
        raise _bad("query.values", f"op {op} 要有{number}个值，给了 {len(values)} 个", f"{where}.values")
    if None in values and op in ("<", "<=", ">", ">=", "between"):
        raise _bad("query.values", f"op {op} 不能与 null 比较", f"{where}.values", "用 is_null 或 not_null")
    return Filter(_text(body.get("dimension"), f"{where}.dimension"), op, tuple(values))  # type: ignore[arg-type]


def _span(body: Mapping[str, object], where: str, on: str | None) -> Span:
    start, fine_start = _moment(body.get("start"), f"{where}.start")
    end, fine_end = _moment(body.get("end"), f"{where}.end")
    if fine_end and not fine_start:
        fine_start = True
    if fine_start and not fine_end:
        end, fine_end = end + timedelta(hours=23, minutes=59), True
    if end < start:
        raise _bad("query.time", f"结束 {body.get('end')} 早于开始 {body.get('start')}", where, "交换两端")
    return Span(start, end, fine_start, on)


def _moment(value: object, where: str) -> tuple[datetime, bool]:
    if not isinstance(value, str):
        raise _bad(
            "query.time", f"{where} 应是日期，给的是 {_shown(value)}", where, "写成 2025-06-30 或 2025-06-30T08:00"
        )
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), datetime.min.time()), False
        if len(value) in (16, 19) and value[10] in "T ":
            return datetime.fromisoformat(value).replace(second=0), True
    except ValueError:
        raise _bad("query.time", f"没有这个日期：{_shown(value)}", where, "检查月份与日数，如 2025-02-28") from None
    raise _bad("query.time", f"{where} 不是日期：{_shown(value)}", where, "写成 2025-06-30 或 2025-06-30T08:00")


def _order(given: object) -> Order | None:
    if given is None:
        return None
    body = _object(given, "order")
    _only(body, ("by", "dir"), "order")
    return Order(
        _text(body.get("by"), "order.by"), _one_of(body.get("dir", "asc"), ("asc", "desc"), "order.dir") == "desc"
    )


def _limit_by(given: object) -> LimitBy | None:
    if given is None:
        return None
    body = _object(given, "limit_by")
    _only(body, ("dimension", "n"), "limit_by")
    n = _count(body.get("n"), "limit_by.n")
    if n is None:
        raise _bad("query.type", "limit_by 要有 n", "limit_by.n")
    return LimitBy(_text(body.get("dimension"), "limit_by.dimension"), n)


def _having(given: object, place: int) -> Having:
    where = f"having[{place}]"
    body = _object(given, where)
    _only(body, ("metric", "op", "value"), where)
    op = _one_of(body.get("op"), tuple(o for o in OPS if o not in ("in", "not_in")), f"{where}.op")
    value = body.get("value")
    listed = value if isinstance(value, list) else [] if value is None else [value]
    wanted = {"is_null": 0, "not_null": 0, "between": 2}.get(op, 1)
    if len(listed) != wanted or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in listed):
        raise _bad("query.values", f"having 的 op {op} 要有 {wanted} 个数，给的是 {_shown(value)}", f"{where}.value")
    numbers: list[float] = [v for v in listed if isinstance(v, (int, float))]
    return Having(_text(body.get("metric"), f"{where}.metric"), op, tuple(numbers))


def _totals(given: object) -> tuple[tuple[str, ...], ...]:
    if given is None or given is False:
        return ()
    if given is True:
        return ((),)
    return tuple(_distinct(by, "totals") for by in _array(given, "totals"))


def _as_of(given: object) -> datetime | None:
    if given is None:
        return None
    if isinstance(given, str):
        try:
            return datetime.fromisoformat(given).replace(tzinfo=None)
        except ValueError:
            pass
    raise _bad("query.time", f"as_of 不是时刻：{_shown(given)}", "as_of", "写成 2025-07-01T08:00:00")
