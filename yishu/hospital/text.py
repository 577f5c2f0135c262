"""Text 文本: YAML of a hospital folder, every value with the line it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from yishu.hospital.errors import Fault, HospitalFaults


@dataclass(slots=True)
class Text:
    """One YAML file 文件: its values and the line of each."""

    file: Path
    value: object
    lines: dict[tuple[object, ...], int]
    faults: list[Fault] = field(default_factory=list)

    def line(self, *path: object) -> int:
        """The line of a value; the nearest enclosing one where it has none of its own."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: tuple[object, ...], reason: str, near: tuple[str, ...] = ()) -> None:
        """Note a fault at a value."""
        self.faults.append(Fault(self.file, self.line(*path), reason, near))


def read(file: Path) -> Text:
    """Read one YAML file with its lines."""
    lines: dict[tuple[object, ...], int] = {}
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise HospitalFaults((Fault(file, 1, "文件不存在"),)) from None
    except UnicodeDecodeError:
        raise HospitalFaults((Fault(file, 1, "不是 UTF-8 编码"),)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise HospitalFaults((Fault(file, mark.line + 1 if mark else 1, f"YAML 写法有误：{error.problem}"),)) from None
    return Text(file, _walk(node, (), lines) if node is not None else None, lines)


def _walk(node: yaml.Node, path: tuple[object, ...], lines: dict[tuple[object, ...], int]) -> object:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[object, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value  # YAML 1.1 reads a bare `on` as true; a word is a word here
            lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = _walk(value_node, (*path, key), lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_walk(item, (*path, place), lines) for place, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> object:
    try:
        value: object = yaml.SafeLoader("").construct_object(node, deep=True)
    except ValueError:  # 2025-13-01 looks like a date and is none: it stays the text that was written
        return node.value
    return value
