"""Journey 全流程: what happened to a patient, in order.

`draw`, `walks` and `check` are the process map of a cohort; `search`, `admit`, `timeline`, `labs` and `loops` are one patient's journey;
`open_patient` opens one outside one's care. Everything begins with a `Looking`.
"""

from yishu.journey.cohort import Cohort
from yishu.journey.conform import Pathway, conform, pathways
from yishu.journey.looking import Looking
from yishu.journey.loops import Loop, loops
from yishu.journey.map import Drawn, Kept, Replay, check, draw, replay, walks
from yishu.journey.opening import Opening, may_open, must_open, open_patient, review, to_review
from yishu.journey.pathway_text import pathway_faults
from yishu.journey.patient import (
    Admitted,
    Found,
    Header,
    admit,
    department_of,
    header,
    keys_of,
    outside,
    search,
    seeing_opened,
)
from yishu.journey.process import Edge, Node, ProcessMap, Steps, Variant, discover
from yishu.journey.saved import EdgeMetric, definition, edge_metric
from yishu.journey.timeline import Contact, Density, Happening, LabSeries, Timeline, Wait, labs, timeline

__all__ = [
    "Admitted",
    "Cohort",
    "Contact",
    "Density",
    "Drawn",
    "Edge",
    "EdgeMetric",
    "Found",
    "Happening",
    "Header",
    "Kept",
    "LabSeries",
    "Looking",
    "Loop",
    "Node",
    "Opening",
    "Pathway",
    "ProcessMap",
    "Replay",
    "Steps",
    "Timeline",
    "Variant",
    "Wait",
    "admit",
    "check",
    "conform",
    "definition",
    "department_of",
    "discover",
    "draw",
    "edge_metric",
    "header",
    "keys_of",
    "labs",
    "loops",
    "may_open",
    "must_open",
    "open_patient",
    "outside",
    "pathway_faults",
    "pathways",
    "replay",
    "review",
    "search",
    "seeing_opened",
    "timeline",
    "to_review",
    "walks",
]  # fmt: skip
