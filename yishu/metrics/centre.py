"""Centre 指标中心: every metric and dimension a hospital has, read once, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from yishu.hospital.errors import near
from yishu.hospital.model import Model, model
from yishu.hospital.text import read
from yishu.kernel.errors import InputError
from yishu.metrics import read as reading
from yishu.metrics.definition import Dimension, Grain, Metric
from yishu.metrics.graph import Graph
from yishu.metrics.rollup import Rollup, rollups
from yishu.metrics.versions import is_earlier

LIBRARY = Path(__file__).parent / "library"
DIMENSIONS = Path(__file__).parent / "dimensions.yaml"
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Centre:
    """The metric centre 指标中心 of one hospital."""

    by_id: Mapping[str, Metric]
    dimensions: Mapping[str, Dimension]
    tables: Model
    aliases: Mapping[str, Mapping[str, str]]
    """For each member dimension, other names 别名 → id."""
    known_to: str = "time"
    small_cell: int = 5
    graph: Graph | None = None
    """Facts with declared keys 关系图, where definitions came from outside."""
    rollups: tuple[Rollup, ...] = ()
    most_rows: int = MOST_ROWS
    """How many rows an answer may have 答案行数上限 (`limits.rows` of hospital.yaml)."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All metrics in the order of the library, as they are defined now."""
        return tuple(m for m in self.by_id.values() if not is_earlier(m.id))

    def metric(self, name: str) -> Metric:
        """A metric by id, label or synonym."""
        found = self.by_id.get(name)
        if found is None:
            names = {n.lower(): m for m in self.metrics for n in (m.label, m.label_en, *m.synonyms)}
            found = names.get(name.lower())
            if found is None:
                close = near(name, (*self.by_id, *names))
                hint = "您要找的是：" + "、".join(close) if close else "yishu metrics list 列出全部指标"
                raise InputError("metric.unknown", f"没有指标“{name}”", hint=hint, where="metrics", status=404)
        return found

    def dimension(self, name: str) -> Dimension:
        """A dimension by id."""
        found = self.dimensions.get(name)
        if found is None:
            labels = {d.label: d for d in self.dimensions.values()}
            if name in labels:
                return labels[name]
            close = near(name, (*self.dimensions, *labels)) or tuple(self.dimensions)
            raise InputError(
                "dimension.unknown",
                f"没有维度“{name}”",
                hint="您要找的是：" + "、".join(close),
                where="dimensions",
                status=404,
            )
        return found

    def allowed(self, metric: Metric) -> tuple[str, ...]:
        """The dimensions a metric may be asked by, time grains included."""
        groups = ("doctor_group",) if "doctor" in metric.dimensions and "doctor_group" in self.dimensions else ()
        return (*metric.dimensions, *groups, *(g.value for g in Grain))


def centre(folder: Path | None = None, tables: Model | None = None) -> Centre:
    """The library and, with a hospital folder, its own metrics, parameters and aliases."""
    if folder is None and tables is None:
        return _platform()
    return _centre(folder, tables or model(folder))


@lru_cache(maxsize=1)
def _platform() -> Centre:
    return _centre(None, model())


def _centre(folder: Path | None, tables: Model) -> Centre:
    known = reading.dimensions(DIMENSIONS, tables)
    own, settings = reading.hospital_settings(sorted((folder / "metrics").glob("*.yaml")) if folder else ())
    library = tuple(sorted(LIBRARY.glob("*.yaml")))
    found = reading.metrics((*library, *own), known, tables, settings)
    for name in settings:
        if name not in found:
            raise InputError(
                "metric.unknown", f"为没有的指标 {name} 设置了参数", hint="、".join(near(name, tuple(found)))
            )
    profile = _profile(folder)
    calendar = profile.get("calendar")
    known_to = str(calendar.get("known_to", "time")) if isinstance(calendar, dict) else "time"
    small = profile.get("small_cell", 5)
    kept = rollups(folder / "rollups.yaml" if folder else None, found, known, tables)
    limits = profile.get("limits")
    most = limits.get("rows", MOST_ROWS) if isinstance(limits, dict) else MOST_ROWS
    return Centre(
        found, known, tables, _aliases(profile), known_to, small if isinstance(small, int) else 5, rollups=kept,
        most_rows=most if isinstance(most, int) and most > 0 else MOST_ROWS,
    )  # fmt: skip


def _profile(folder: Path | None) -> Mapping[object, object]:
    path = folder / "hospital.yaml" if folder else None
    if path is None or not path.is_file():
        return {}
    value = read(path).value
    return value if isinstance(value, dict) else {}


def _aliases(profile: Mapping[object, object]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for plural, table in (("departments", "department"), ("wards", "ward"), ("campuses", "campus")):
        listed = profile.get(plural)
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict):
                for alias in entry.get("aliases") or []:
                    found.setdefault(table, {})[str(alias)] = str(entry.get("id"))
    return found


def refuse_unknown_calendar(centre: Centre, metric: Metric, grains: tuple[Grain, ...], compares: bool) -> None:
    """Refuse what the hospital's dates cannot bear 日期可信程度 (`calendar.known_to`)."""
    known = centre.known_to
    if known == "time":
        return
    reason = {"day": "只精确到日", "year": "只精确到年", "shifted": "经过平移，各患者之间不可比"}.get(known, known)
    bad = [centre.dimensions[g.value].label for g in grains if not _bears(known, g)]
    refused = bad[0] if bad else None
    if (known in ("day", "year") and metric.needs == "time") or (
        known == "year" and metric.needs in ("day", "calendar")
    ):
        refused = metric.label
    if known == "shifted" and (metric.needs == "calendar" or compares):
        refused = metric.label if metric.needs == "calendar" else "同比环比"
    if refused:
        raise InputError(
            "calendar.unknown",
            f"本院日期{reason}，不能计算{refused}",
            hint="换用不需要该日期精度的指标或粒度",
            where=metric.id,
        )


def _bears(known: str, grain: Grain) -> bool:
    if known == "day":
        return grain is not Grain.HOUR
    if known == "year":
        return grain is Grain.YEAR
    return grain is Grain.HOUR
