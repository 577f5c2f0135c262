"""Policy check 查策略: every fault of policy.yaml and people.yaml with its line, for `yishu check`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from yishu.kernel.errors import InputError
from yishu.security.policy import DEFAULT
from yishu.security.policy_file import grants, labels, wrong_word, wrong_words
from yishu.security.viewer import people


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """A fault 错处 of who may see what."""

    file: str
    line: int
    text: str


def policy_faults(folder: Path, tables: Mapping[str, frozenset[str]], departments: frozenset[str]) -> tuple[PolicyFault, ...]:
    """What policy.yaml and people.yaml say wrongly: unreadable, misspelt tables, columns, roles, departments.

    `departments` empty means that they come from mappings and are not checked. A folder without people.yaml has nobody to check.
    """
    path = folder / "policy.yaml"
    try:
        known = grants(folder)
    except InputError as error:
        return (_unreadable(path, error),)
    found = [PolicyFault("policy.yaml", line_of(path, f"roles.{role}"), f"角色 {role}：{text}") for role, grant in known.items() for text in wrong_words(grant, tables)]
    for name, label in labels(folder).items():
        wrong = (wrong_word(label.table, column, tables) for column in (label.key, label.column))
        found += [PolicyFault("policy.yaml", line_of(path, f"labels.{name}"), f"标签 {name}：{text}") for text in dict.fromkeys(wrong) if text]
    return (*found, *_people_faults(folder, frozenset({*DEFAULT, *known}), departments))


def _people_faults(folder: Path, roles: frozenset[str], departments: frozenset[str]) -> tuple[PolicyFault, ...]:
    path = folder / "people.yaml"
    if not path.is_file():
        return ()
    try:
        listed = people(folder)
    except InputError as error:
        return (_unreadable(path, error),)
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    under = "people" if isinstance(body, dict) else ""
    entries = body.get("people", []) if isinstance(body, dict) else body
    found, seen = [], set[str]()
    for place, (person, entry) in enumerate(zip(listed, entries or [], strict=True)):
        line = line_of(path, f"{under}[{place}]")
        for role in (person.role, *(str(r) for r in entry.get("roles") or [])):
            if role not in roles:
                found.append(PolicyFault("people.yaml", line, f"账户 {person.name}：没有角色 {role}{_near(role, roles)}，这个账户什么也看不到"))
        for department in sorted(person.departments):
            if departments and department not in departments:
                found.append(PolicyFault("people.yaml", line, f"账户 {person.name}：没有科室 {department}{_near(department, departments)}"))
        if person.name in seen:
            found.append(PolicyFault("people.yaml", line, f"账户 {person.name} 写了两次"))
        seen.add(person.name)
    return tuple(found)


def _near(word: str, known: frozenset[str]) -> str:
    close = get_close_matches(word, sorted(known), 1, 0.4)
    return f"，您要找的是 {close[0]}？" if close else ""


def _unreadable(path: Path, error: InputError) -> PolicyFault:
    place = (error.where or "").partition("#")[2]
    told = re.search(r":(\d+)$", error.where or "")
    line = line_of(path, place) if place else int(told.group(1)) if told else 1
    return PolicyFault(path.name, line, error.message + (f"。{error.hint}" if error.hint else ""))


def line_of(path: Path, place: str) -> int:
    """The line of a place such as `roles.nurse.allow[0].where.ward`; of the nearest that is there."""
    node = yaml.compose(path.read_text(encoding="utf-8"))
    line = 1
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", place):
        if word and isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == word), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif number and isinstance(node, yaml.SequenceNode) and int(number) < len(node.value):
            node = node.value[int(number)]
            line = node.start_mark.line + 1
        else:
            break
    return line
