"""Frame 关系: the typed steps of a plan over declared facts; each becomes one CTE with named columns.

`moment` is the column that carries a row's own time (统计时间); steps that move rows in time replace it.
"""

from __future__ import annotations

from dataclasses import dataclass

from yishu.metrics.definition import Length
from yishu.metrics.formula import Formula
from yishu.metrics.graph import Fact, Hop, Item, Route, SpineTable

MOMENT, MEASURED = "moment", "measured"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Two moments 起止: the first included, the second not."""

    start: str
    until: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A value per member of an entity 按实体计算的指标值, joined so that rows can be filtered by it."""

    frame: Frame
    column: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of a fact 读事实 with the items asked for, its moment and what is measured; hops are left joins."""

    fact: Fact
    items: tuple[tuple[Item, Route], ...]
    moment: tuple[Formula, str] | None
    measured: Formula | None
    extra: tuple[tuple[str, Formula], ...] = ()
    joined: tuple[Joined, ...] = ()
    scd_time: bool = False

    @property
    def hops(self) -> tuple[tuple[Hop, ...], ...]:
        """Every way that is walked."""
        return tuple(route.hops for _, route in self.items)


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments 时刻 of the calendar at one grain, each once."""

    spine: SpineTable
    grain: str
    items: tuple[Item, ...] = ()
    bounds: Bounds | None = None
    where: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """Every row at every moment 累计 whose window it lies in."""

    of: Frame
    moments: Moments
    window: Length | None
    since: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows moved to later moments 平移: by a length, to every moment of their period, or by a period of the calendar's own."""

    of: Frame
    moments: Moments
    back: Length | None = None
    to_start: str | None = None
    only_first_of: tuple[Item, ...] = ()
    custom: SpineTable | None = None
    on: str = MOMENT


@dataclass(frozen=True, slots=True)
class Timed:
    """Items of the moment 时间项 derived from it."""

    of: Frame
    items: tuple[Item, ...]
    on: str = MOMENT


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that pass 筛选."""

    of: Frame
    where: tuple[Formula, ...]
    bounds: tuple[str, Bounds] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows of the first or last moment 期初期末 of each grouping."""

    of: Frame
    time: str
    last: bool
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followers:
    """Events that followed 转化事件, each with the items of the latest base event before it."""

    base: Frame
    other: Frame
    entity: str
    within: Length | None
    same: tuple[tuple[str, str], ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """One row a cell 分组汇总."""

    of: Frame
    by: tuple[str, ...]
    aggregate: str
    name: str
    percentile: float | None = None
    discrete: bool = False


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A row for every moment 补齐时刻, with or without a value."""

    of: Frame
    moments: Moments
    by: tuple[str, ...]
    on: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Period:
    """What stands for a coarser period 期内取值: the first, the last or the mean of its moments' values."""

    of: Frame
    by: tuple[str, ...]
    rule: str
    name: str


@dataclass(frozen=True, slots=True)
class Together:
    """Cells of several frames stacked and grouped 并格: nothing multiplies, a missing cell is null."""

    frames: tuple[tuple[Frame, str, int | None], ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """A value computed in each cell 计算."""

    of: Frame
    by: tuple[str, ...]
    name: str
    expression: Formula | None = None
    divided: tuple[str, str] | None = None
    filled: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Members only 维度取值: a fact and what hangs on it on either side, with or without the calendar."""

    fact: Fact
    items: tuple[tuple[Item, Route], ...]
    moments: Moments | None


Frame = (
    Read | Moments | Reached | Moved | Timed | Kept | Edge | Followers | Grouped | Everywhere | Period | Together | Computed | Listed
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown at the end 结果: columns, order, limit; distinct for members, or only the least and greatest."""

    of: Frame
    columns: tuple[str, ...]
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    distinct: bool = False
    extremes: bool = False
