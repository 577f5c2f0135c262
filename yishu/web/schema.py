"""Shapes 接口形状: what goes over HTTP. The portal's types are generated from these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, WithJsonSchema

Value = str | float | int | bool | None
Word = Annotated[str, StringConstraints(max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class ErrorBody(_Out):
    """What came, what was possible, what to do."""

    code: str
    message: str
    hint: str
    where: str


class Failure(_Out):
    """An error 错误."""

    error: ErrorBody


class LoginRequest(_In):
    """Name and password."""

    name: Word
    password: Annotated[str, StringConstraints(max_length=256)]


class SwitchRequest(_In):
    """The demo account to become."""

    name: Word


class Account(_Out):
    """A demo account 演示账号."""

    name: str
    display: str
    role: str


class Person(_Out):
    """Who has logged in."""

    name: str
    display: str
    role: str


class LoginAnswer(_Out):
    """The viewer who logged in."""

    viewer: Person


class Done(_Out):
    """Done 完成."""

    ok: bool = True


class Me(_Out):
    """Who is looking 当前用户, and what he may do."""

    name: str
    display: str
    role: str
    department: str | None
    hospital: str
    demo: bool
    now: str
    can: list[str]
    accounts: list[Account]


class Health(_Out):
    """Whether the server answers; what the login page may know."""

    status: Literal["ok", "empty"]
    hospital: str
    demo: bool
    accounts: list[Account]


# Fields annotated `Any` below are passed on as they came: the metric centre reads them and says what is wrong.
_WORD: dict[str, Any] = {"type": "string"}
_WORDS: dict[str, Any] = {"type": "array", "items": _WORD}
_VALUE: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]}
_TIME: dict[str, Any] = {
    "anyOf": [{"type": "object", "properties": {"start": _WORD, "end": _WORD, "on": _WORD}}, {"type": "null"}]
}
_FILTERS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"dimension": _WORD, "op": _WORD, "values": {"type": "array", "items": _VALUE}},
        "required": ["dimension", "op"],
    },
}


def _maybe(properties: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "object", "properties": properties}, {"type": "null"}]}


class MetricQuery(_Open):
    """A question 指标查询 (design §5.2); read by the metric centre, which says what is wrong with it."""

    metrics: Annotated[Any, WithJsonSchema(_WORDS)]
    dimensions: Annotated[Any, WithJsonSchema(_WORDS)] = None
    filters: Annotated[Any, WithJsonSchema(_FILTERS)] = None
    time: Annotated[Any, WithJsonSchema(_TIME)] = None
    compare: Annotated[Any, WithJsonSchema(_WORDS)] = None
    compare_base: Annotated[Any, WithJsonSchema(_TIME)] = None
    order: Annotated[Any, WithJsonSchema(_maybe({"by": _WORD, "dir": {"enum": ["asc", "desc"]}}))] = None
    limit: Annotated[Any, WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "null"}]})] = None
    limit_by: Annotated[Any, WithJsonSchema(_maybe({"dimension": _WORD, "n": {"type": "integer"}}))] = None
    having: Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "object"}})] = None
    share: Annotated[Any, WithJsonSchema({"type": "boolean"})] = None
    totals: Annotated[Any, WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "array", "items": _WORDS}]})] = None
    as_of: Annotated[Any, WithJsonSchema({"anyOf": [_WORD, {"type": "null"}]})] = None


class Cell(_In):
    """One cell of an answer 单元格."""

    metric: Word
    member: dict[str, Value] = {}


class RowsRequest(_Open):
    """Which cell's rows, and which page of them."""

    query: MetricQuery
    cell: Annotated[
        Any,
        WithJsonSchema(
            {
                "type": "object",
                "properties": {"metric": _WORD, "member": {"type": "object", "additionalProperties": _VALUE}},
                "required": ["metric"],
            }
        ),
    ]
    offset: Annotated[Any, WithJsonSchema({"type": "integer"})] = 0
    limit: Annotated[Any, WithJsonSchema({"type": "integer"})] = 100


class ExplainRequest(_Open):
    """Which number, and what it is compared with."""

    query: MetricQuery
    cell: Annotated[Any, WithJsonSchema(_maybe({"metric": _WORD, "member": {"type": "object", "additionalProperties": _VALUE}}))] = None
    against: Annotated[Any, WithJsonSchema({"enum": ["yoy", "mom", "custom"]})] = "yoy"


class Contribution(_Out):
    """What one member adds 贡献; mix and rate only for ratios."""

    member: Value
    label: str
    value: float | None
    base: float | None
    amount: float
    mix: float | None
    rate: float | None


class Rest(_Out):
    """What the members not shown add 其余."""

    count: int
    amount: float


class DimensionShare(_Out):
    """A difference by one dimension 按维度."""

    dimension: str
    label: str
    parts: list[Contribution]
    rest: Rest | None


class Explanation(_Open):
    """Why a number differs 为什么变了."""

    metric: str
    label: str
    unit: str
    value: float | None
    base: float | None
    difference: float | None
    against: str
    range: list[str] | None
    base_range: list[str] | None
    by: list[DimensionShare]
    note: str


class ReconcileRequest(_Open):
    """Two sides 两方 of a dispute; read by the metric centre."""

    a: Annotated[Any, WithJsonSchema({"type": "object", "properties": {"query": {"type": "object"}}, "required": ["query"]})]
    b: Annotated[Any, WithJsonSchema({"type": "object", "properties": {"query": {"type": "object"}}, "required": ["query"]})]


class BridgeSide(_Out):
    """One side 一方: what it says and what was computed."""

    name: str
    value: float | None
    computed: float | None


class BridgeStep(_Out):
    """A named step 一步."""

    kind: str
    say: str
    amount: float
    value: float
    missing: bool


class Bridge(_Out):
    """The bridge 对数表."""

    sides: list[BridgeSide]
    gap: float
    unit: str
    steps: list[BridgeStep]


class ExportRequest(_In):
    """A question to be exported 导出."""

    query: MetricQuery
    title: Word | None = None


class AnswerColumn(_Open):
    """A column of an answer."""

    id: str
    label: str
    role: str | None = None
    unit: str | None = None


class Totals(_Out):
    """Totals at their own grain."""

    by: list[str]
    rows: list[list[Value]]


class Mark(_Out):
    """A cell that is hidden, and why."""

    row: int
    column: str
    why: str
    by: list[str] | None = None


class Range(_Open):
    """The time really asked."""

    start: str | None
    end: str | None


class Answer(_Open):
    """An answer 指标答案 (design §5.2)."""

    columns: list[AnswerColumn]
    rows: list[list[Value]]
    totals: list[Totals] | None
    marks: list[Mark]
    query: dict[str, Any]
    range: Range | None
    definitions: dict[str, dict[str, Any]]
    data_through: str | None
    as_of: str | None
    incomplete: list[Any]
    elapsed_ms: float


class Evidence(_Open):
    """The rows behind a cell 凭据."""

    columns: list[AnswerColumn]
    rows: list[list[Any]]
    total: int
    value: float | None
    offset: int
    limit: int
    table: str | None = None


class Target(_Open):
    """A target 目标值 and where it comes from."""

    value: float
    source: str | None = None


class MetricLine(_Open):
    """A metric 指标 in the list."""

    id: str
    label: str
    unit: str
    better: str
    kind: str
    owner: str | None
    standing: str
    synonyms: list[str]
    target: Target | None


class Named(_Open):
    """An id with its label."""

    id: str
    label: str


class StandardLine(_Open):
    """The standard 标准依据 behind a metric."""

    code: str
    title: str
    edition: str | None = None


class MetricCard(MetricLine):
    """A metric's full card 指标卡."""

    label_en: str | None
    definition: str
    formula: str | None
    numerator: Any
    denominator: Any
    time_axes: list[Named]
    department_role: str | None
    dimensions: list[Named]
    steward: str | None
    level: str | int | None
    version: int
    hash: str
    standards: list[StandardLine]
    parameters: Any
    sql: str | None = None


class DimensionValue(_Open):
    """A value that may be chosen."""

    value: str | None
    label: str
    parent: str | None = None


class DimensionValues(_Open):
    """Values of a dimension 维度成员 the viewer may see."""

    values: list[DimensionValue]
    more: bool


class Moment(_Out):
    """A figure of 此刻."""

    id: str
    label: str
    value: float | None
    unit: str | None
    as_of: str | None
    query: dict[str, Any] | None = None
    cell: Cell | None = None


class Standing(_Out):
    """A card's figure over one period, with 同比 over the same days."""

    value: float | None
    yoy: float | None
    yoy_diff: float | None
    query: dict[str, Any] | None
    cell: Cell | None


class PartLine(_Out):
    """A part 其中 of a card."""

    id: str | None = None
    label: str
    value: float | None
    unit: str | None
    query: dict[str, Any] | None = None
    cell: Cell | None = None


class Point(_Out):
    """One day of a sparkline."""

    day: str
    value: float | None


class CardColumns(_Out):
    """昨日 · 本月累计 · 本年累计."""

    yesterday: Standing
    month: Standing
    year: Standing


class Card(_Out):
    """A card 指标卡片 of the cockpit."""

    id: str
    label: str
    unit: str
    better: str
    target: Target | None
    columns: CardColumns
    progress: float | None
    sparkline: list[Point]
    notes: list[str]
    parts: list[PartLine]


class Share(_Out):
    """A department's share 贡献 in a movement."""

    name: str
    share: float | None


class Movement(_Out):
    """A movement 今日异动."""

    metric: str
    label: str
    what: str
    value: float | None
    usual: float | None
    unit: str | None
    better: str
    since: str | None
    departments: list[Share]
    cause: Literal["data", "hospital"]
    say: str
    query: dict[str, Any] | None = None
    cell: Cell | None = None


class Ranking(_Out):
    """A ranking 排名; columns and rows as in an answer."""

    metric: str
    label: str
    unit: str
    better: str
    by: str
    metrics: list[Named]
    columns: list[AnswerColumn]
    rows: list[list[Value]]
    query: dict[str, Any]


class Board(_Out):
    """The cockpit 驾驶舱."""

    strip: list[Moment]
    cards: list[Card]
    movements: list[Movement]
    ranking: Ranking | None
    data_through: str | None
    speaks_of: str | None


class Bed(_Out):
    """A bed 床位, without names."""

    bed: str
    ward: str | None
    occupied: bool
    gender: str | None = None
    days: int | None = None
    note: str | None = None
    extra: bool | None = None


class Todo(_Out):
    """Something to do 待办 and the way to it."""

    kind: str
    say: str
    count: int
    link: str | None
    query: dict[str, Any] | None = None
    cell: Cell | None = None


class DepartmentName(_Out):
    """A department by id and name."""

    id: str
    name: str


class DepartmentBoard(Board):
    """The department board 科室看板."""

    department: DepartmentName
    beds: list[Bed]
    todo: list[Todo]


class RecordField(_Out):
    """A field of a source record, masked where it identifies a person."""

    name: str
    label: str | None
    value: Value
    masked: bool


class HospitalRow(_Out):
    """A hospital row a source record became."""

    table: str
    key: str
    label: str | None = None


class SourceRecord(_Out):
    """A source record 来源记录, masked."""

    source: str
    table: str
    label: str | None
    key: str
    fields: list[RecordField]
    load_id: str | None
    recorded: str | None
    hospital_rows: list[HospitalRow]


class RowField(_Out):
    """A column of a hospital row with its label."""

    name: str
    label: str
    value: Any


class TracedRow(_Out):
    """A hospital row 统一模型行."""

    table: str
    label: str
    key: str
    fields: list[RowField]


class Trace(_Out):
    """From a row to its source record and the metrics it moves 追溯."""

    row: TracedRow
    record: SourceRecord | None
    metrics: list[Named]


class SourceLine(_Out):
    """A source 数据来源 with its last load."""

    name: str
    label: str
    kind: str
    owner: str | None
    last_load: str | None
    rows_in: int
    placed: int
    merged: int
    flagged: int
    quarantined: int
    ignored: int
    state: str
    next_load: str | None


class Unmapped(_Out):
    """A code 未对照编码 nobody has mapped."""

    source: str
    code_system: str
    source_code: str
    source_name: str | None
    uses: int
    first_seen: str | None
    last_seen: str | None


class DefectLine(_Out):
    """A defect 数据问题 found in the data."""

    id: str
    department: str | None
    owner: str | None
    family: str
    source: str
    source_table: str
    key: str
    column: str | None
    rule: str | None
    message: str | None
    action: str | None


class AuditLine(_Out):
    """An entry 审计记录: who did what, when and from where; never what was read."""

    number: int
    at: str
    viewer: str
    action: str
    object: str
    address: str
    request: str


class AuditPage(_Out):
    """A page 一页 of the audit trail, newest first."""

    total: int
    entries: list[AuditLine]
    viewers: list[str]
    actions: list[str]


class AuditVerdict(_Out):
    """Whether the chain of the trail is whole 审计链校验; `broken_at` is the first entry that does not fit."""

    entries: int
    broken_at: int | None
