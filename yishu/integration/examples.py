"""Examples 范例 of a channel's map: `channels/<name>/examples/<case>.hl7` and the rows it must give in `<case>.yaml`; run by `yishu check`.

```yaml
mz_visit:
  - {visit: "990001", patient: "88001"}     # the columns named must be so; others may be anything
stops: PV1-19.1 空                          # or: the map must stop here
```
Lines of the `.hl7` file end as the editor likes. Every table the map fills must be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from yishu.integration.adapters.hl7v2 import HL7Error, Message
from yishu.integration.channels import ChannelSpec
from yishu.integration.errors import Fault
from yishu.integration.marked import Reader
from yishu.integration.message_map import MapFault, Rows

STOPS = "stops"


def example_faults(folder: Path, specs: Sequence[ChannelSpec]) -> tuple[Fault, ...]:
    """Every example that does not come out as it says 范例不符."""
    found: list[Fault] = []
    for spec in specs:
        for path in sorted((folder / "channels" / spec.name / "examples").glob("*.hl7")):
            found += [Fault(f"channels/{spec.name}/examples/{f.file}", f.line, f.reason, f.near) for f in _one(spec, path)]
    return tuple(found)


def _one(spec: ChannelSpec, path: Path) -> list[Fault]:
    wanted = path.with_suffix(".yaml")
    if not wanted.is_file():
        return [Fault(path.name, 1, f"范例没有 {wanted.name}，写出它应得的暂存行")]
    reader = Reader(wanted)
    top = reader.mapping(reader.root(), "范例", (STOPS, *spec.map.by_name))
    try:
        rows = spec.map.rows(Message.read(path.read_bytes().strip().replace(b"\r\n", b"\r").replace(b"\n", b"\r") + b"\r", spec.charset))
        stopped = ""
    except (MapFault, HL7Error) as error:
        rows, stopped = {}, error.message
    said = reader.text(top.get(STOPS), STOPS)
    if said != stopped:
        reader.fault(top.get(STOPS), f"应停在“{said}”，实得“{stopped or '没有停'}”")
    for name in rows:
        if name not in top:
            reader.fault(None, f"映射给出了 {name} {len(rows[name])} 行，范例没有写")
    for name, node in top.items():
        if name != STOPS:
            _table(reader, spec, name, node, rows)
    return reader.faults


def _table(reader: Reader, spec: ChannelSpec, name: str, node: yaml.Node, rows: Rows) -> None:
    items = list(reader.items(node, name))
    made = rows.get(name, [])
    if len(items) != len(made):
        reader.fault(node, f"{name} 应有 {len(items)} 行，实得 {len(made)} 行")
        return
    columns = [c.name for c in spec.map.by_name[name].columns]
    for item, row in zip(items, made, strict=True):
        values = dict(zip(columns, row, strict=True))
        for column, value in reader.mapping(item, name, columns).items():
            wanted = reader.text(value, column)
            if column in values and (values[column] or "") != wanted:
                reader.fault(value, f"{name}.{column} 应为 {wanted or '空'}，实得 {values[column] or '空'}")
