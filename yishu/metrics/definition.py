"""Definition 指标定义: one definition, one id; numerator and denominator kept apart.

The values here are what a YAML file says after checking; `read.py` makes them, `plan.py` uses them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from yishu.metrics.formula import Formula
from yishu.metrics.versions import ALWAYS, Earlier, Effective

Scalar = str | int | Decimal | bool | date


class Kind(StrEnum):
    """Kinds 类型 of metrics, by how they may be added up."""

    SIMPLE = "simple"
    RATIO = "ratio"
    DERIVED = "derived"
    SNAPSHOT = "snapshot"
    PERCENTILE = "percentile"
    COHORT = "cohort"
    DISTINCT = "distinct"
    CUMULATIVE = "cumulative"
    CONVERSION = "conversion"


class Better(StrEnum):
    """Which way is good 好坏方向."""

    UP = "up"
    DOWN = "down"
    BAND = "band"
    NONE = "none"


class Aggregate(StrEnum):
    """How rows become one number 汇总方式."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"
    MEDIAN = "median"
    PERCENTILE = "percentile"

    @property
    def additive(self) -> bool:
        """Whether no rows 没有行 mean zero rather than unknown."""
        return self not in (Aggregate.MEDIAN, Aggregate.PERCENTILE)


class SnapshotRule(StrEnum):
    """What a snapshot over a range means 时点值在一段时间里取什么."""

    LAST = "last"
    FIRST = "first"
    MEAN = "mean"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Path:
    """A column 字段 of the part's table, or of a table one hop away (`front_page.disposition`)."""

    column: str
    hop: str | None = None

    @staticmethod
    def of(text: str) -> Path:
        """Read `column` or `table.column`."""
        hop, _, column = text.rpartition(".")
        return Path(column, hop or None)

    def __str__(self) -> str:
        return f"{self.hop}.{self.column}" if self.hop else self.column


def paths(of: object) -> Iterable[Path]:
    """Every column 字段 in an expression, however deep."""
    if isinstance(of, Path):
        yield of
    elif isinstance(of, tuple):
        for item in of:
            yield from paths(item)
    elif is_dataclass(of):
        for place in fields(of):
            yield from paths(getattr(of, place.name))


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of columns within one row 行内合计."""

    terms: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Seconds 秒数 from one moment to another."""

    start: Path
    end: Path


Expression = Path | Total | Seconds


@dataclass(frozen=True, slots=True)
class MinutesAgo:
    """A moment 时刻 so many minutes before the clock of the question."""

    minutes: Decimal


@dataclass(frozen=True, slots=True)
class Condition:
    """A clause 条件 on one expression; `op` as in a MetricQuery."""

    of: Expression
    op: str
    values: tuple[Scalar | MinutesAgo, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Clauses of which one suffices 任一条件."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """A clause on what happened later 随后: another row of the same key within so many days, or its absence.

    Judged over the whole hospital, like a flag on the row itself; `other` leaves the row's own record out.
    """

    table: str
    on: str
    after: Path
    at: str
    days: int
    where: tuple[Condition | AnyOf, ...] = ()
    other: bool = False
    absent: bool = False


Clause = Condition | AnyOf | Later


@dataclass(frozen=True, slots=True)
class Part:
    """A numerator or denominator 分子/分母: rows of one table, filtered, measured, bound to times and dimensions.

    `times` gives for each time axis the column that decides the period; `moments` the column with the clock time
    where the first is a date. `ignores` lists dimensions that neither group nor filter this part (药占比 by drug:
    the denominator stays all revenue).
    """

    say: str
    table: str
    where: tuple[Clause, ...]
    aggregate: Aggregate
    measure: Expression | None
    times: tuple[tuple[str, Path], ...]
    moments: tuple[tuple[str, Path], ...] = ()
    dimensions: tuple[tuple[str, Path], ...] = ()
    ignores: frozenset[str] = frozenset()
    at: Decimal | None = None
    """Which percentile 百分位, between 0 and 1."""

    def time(self, axis: str) -> Path:
        """The column of a time axis."""
        return dict(self.times)[axis]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A time axis 时间口径; the first of a metric is its default."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard 标准依据 by code, title and edition."""

    code: str
    title: str
    edition: str


@dataclass(frozen=True, slots=True)
class Target:
    """A target 目标值 and the document it comes from."""

    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter 参数 of a definition with the value in force."""

    id: str
    label: str
    value: tuple[Scalar, ...]
    default: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A follow-up window 随访窗口: `due` is the day it closes."""

    due: Path
    say: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete 完整度 the rows are: this metric's denominator against another metric's value."""

    against: str
    say: str


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time 时长: so many of a grain."""

    count: int
    grain: str


@dataclass(frozen=True, slots=True)
class Gauged:
    """A declared measure in use 所用度量: narrowed, shown at every moment of the calendar, nothing shown as a number."""

    gauge: str
    where: tuple[Formula, ...] = ()
    every_moment: bool = False
    nothing_as: int | None = None


@dataclass(frozen=True, slots=True)
class Rolling:
    """An accumulation 累计: over a window, since the start of a period, or since ever; `period` says what stands for a coarser grain."""

    window: Length | None = None
    since: str | None = None
    period: str = "first"


@dataclass(frozen=True, slots=True)
class Followed:
    """A conversion 转化: the base events followed by another event of the same entity within a window."""

    base: Gauged
    other: Gauged
    entity: str
    within: Length | None
    rate: bool
    same: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example 算例: rows by table, what is asked of them, and the answer's rows."""

    say: str
    rows: tuple[tuple[str, tuple[tuple[tuple[str, Scalar | None], ...], ...]], ...]
    ask: tuple[tuple[str, object], ...]
    answer: tuple[tuple[Scalar | None, ...], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Input:
    """A metric used in another 输入指标: narrowed, moved in time, under a name of its own."""

    metric: str
    alias: str
    where: tuple[Formula, ...] = ()
    back: Length | None = None
    to_start: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric 指标: value = numerator × multiplier ÷ (denominator × per), by `kind`."""

    id: str
    label: str
    label_en: str
    synonyms: tuple[str, ...]
    unit: str
    better: Better
    kind: Kind
    definition: str
    formula: str
    numerator: Part
    denominator: Part | None
    axes: tuple[TimeAxis, ...]
    department_role: str | None
    dimensions: tuple[str, ...]
    multiplier: int
    per: int
    times_days: bool
    public: bool
    target: Target | None
    owner: str
    steward: str
    level: int
    standing: str
    standards: tuple[Standard, ...]
    parameters: tuple[Parameter, ...]
    needs: str
    window: Window | None
    completeness: Completeness | None
    version: int
    hash: str
    file: str
    gauged: Gauged | None = None
    inputs: tuple[Input, ...] = ()
    expression: Formula | None = None
    rolling: Rolling | None = None
    followed: Followed | None = None
    conditions: tuple[Formula, ...] = ()
    grain: str | None = None
    snapshot: SnapshotRule = SnapshotRule.LAST
    effective: Effective = ALWAYS
    earlier: tuple[Earlier, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Numerator and, where there is one, denominator."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    @property
    def zero_is_known(self) -> bool:
        """Whether no rows in a known period mean 0 没有行即为零."""
        return self.denominator is None and self.kind is not Kind.SNAPSHOT and self.numerator.aggregate.additive


class Grain(StrEnum):
    """Time grains 时间粒度."""

    HOUR = "hour"
    DAY = "day"
    WEEKDAY = "weekday"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def cyclic(self) -> bool:
        """Whether members repeat 循环 (hour of day, day of week)."""
        return self in (Grain.HOUR, Grain.WEEKDAY)


@dataclass(frozen=True, slots=True)
class Members:
    """Where the members 成员 of a dimension are listed: a table with id and label."""

    table: str
    key: str
    label: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A band 分段 of a number, both ends included; open where None."""

    label: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension 维度 and how it is reached from a table.

    Grouped by id where labels are unique (`by_label` false), else by label. `through` makes it an attribute of another
    dimension's member table (科室群 of 科室). `above` names the dimension whose members take in this one's.
    """

    id: str
    label: str
    label_en: str
    column: str
    tables: tuple[tuple[str, Path], ...] = ()
    members: Members | None = None
    by_label: bool = False
    through: str | None = None
    attribute: str | None = None
    above: str | None = None
    bands: tuple[Band, ...] = ()
    grain: Grain | None = None
    department_role: bool = False

    def path(self, part: Part) -> Path:
        """The column of the part that carries this dimension."""
        for name, path in part.dimensions:
            if name == self.id:
                return path
        for table, path in self.tables:
            if table == part.table:
                return path
        return Path(self.column)
