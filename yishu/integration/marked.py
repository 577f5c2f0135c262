"""Marked YAML 带行号的 YAML: every value knows the line it was written on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from yishu.integration.errors import Fault, nearest


class Reader:
    """A reader 读者 of one YAML file that collects faults instead of stopping at the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.faults: list[Fault] = []

    def root(self) -> yaml.Node | None:
        """The root node; None with a fault when the text is no YAML."""
        try:
            node = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.faults.append(Fault(self.name, mark.line + 1 if mark else 1, f"不是合法的 YAML：{error.problem}"))
            return None
        except UnicodeDecodeError:
            self.faults.append(Fault(self.name, 1, "文件不是 UTF-8 编码"))
            return None
        if node is None:
            self.faults.append(Fault(self.name, 1, "文件是空的"))
        return node

    def fault(self, node: yaml.Node | None, reason: str, near: Sequence[str] = ()) -> None:
        """Note a fault at a node."""
        line = node.start_mark.line + 1 if node is not None else 1
        self.faults.append(Fault(self.name, line, reason, tuple(near)))

    def mapping(
        self, node: yaml.Node | None, what: str, known: Sequence[str] = (), required: Sequence[str] = ()
    ) -> dict[str, yaml.Node]:
        """A mapping's entries; unknown, repeated and missing words are faults. No `known` = any word."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"{what} 应写成 键: 值")
            return {}
        entries: dict[str, yaml.Node] = {}
        for key, value in node.value:
            word = str(key.value)
            if word in entries:
                self.fault(key, f"{what} 里 {word} 写了两次")
            if known and word not in known:
                self.fault(key, f"{what} 没有 {word} 这一项", nearest(word, known, 1) or tuple(known)[:6])
            entries[word] = value
        for word in required:
            if word not in entries:
                self.fault(node, f"{what} 缺少 {word}")
        return entries

    def text(self, node: yaml.Node | None, what: str, default: str = "") -> str:
        """A scalar as written, so that codes such as 007 keep their zeros."""
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode):
            self.fault(node, f"{what} 应是一个词")
            return default
        return str(node.value).strip()

    def choice(self, node: yaml.Node | None, what: str, options: Sequence[str], default: str) -> str:
        """A word out of a list."""
        word = self.text(node, what, default)
        if word not in options:
            self.fault(node, f"{what} 不能是 {word}；可用 {'、'.join(options)}", nearest(word, options, 1))
            return default
        return word

    def items(self, node: yaml.Node | None, what: str) -> Iterator[yaml.Node]:
        """The nodes of a list."""
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, f"{what} 应写成列表")
            return
        yield from node.value
