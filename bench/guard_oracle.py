"""Who may see what, in plain Python 行权对照: copies of the tables filtered from the declarations; shares no code with the guard.

The declarations are read from `hospital/tables/*.yaml` as text; people and policies are the plain dicts that also went into the files.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Person = dict[str, Any]
TABLES = Path(__file__).parents[1] / "yishu" / "hospital" / "tables"
DEPARTMENTS = ("D0403", "D0301", "D0401", "D1000")
PHARMACY = {"dispense", "stock_day", "stock_flow", "prescription", "prescription_item", "medical_order", "administration", "stay", "transfer"}
BUILT_IN: dict[str, dict[str, Any]] = {
    "director": {"rows": "all"}, "head": {"rows": "departments"}, "doctor": {"rows": "departments"},
    "pharmacist": {"rows": "departments", "whole": sorted(PHARMACY)}, "auditor": {"rows": "none"},
}  # fmt: skip


def declarations() -> dict[str, Row]:
    """Every table as its YAML says."""
    found: dict[str, Row] = {}
    for path in sorted(TABLES.glob("*.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    for table in found.values():
        for place in ("belonging_of", "belonging_also"):
            if place in table:
                table[place] = {("on" if key is True else key): value for key, value in table[place].items()}  # YAML 1.1 reads `on` as true
    return found


DECLARED = declarations()


class Eyes:
    """What one person sees 一个人的眼睛 of one hospital."""

    def __init__(self, person: Person, roles: dict[str, Any], labels: dict[str, Any], hospital: Rows, now: datetime) -> None:
        self.person, self.labels, self.hospital, self.now = person, labels, hospital, now
        names = [person["role"], *person.get("roles", [])]
        self.grants = [roles.get(n, BUILT_IN.get(n, {"rows": "none"})) for n in dict.fromkeys(names)]
        self.own = set(person.get("departments", []))
        self.index: dict[tuple[str, str], dict[Any, list[Row]]] = {}

    def by(self, table: str, column: str) -> dict[Any, list[Row]]:
        if (table, column) not in self.index:
            made: dict[Any, list[Row]] = {}
            for row in self.hospital.get(table, []):
                made.setdefault(row.get(column), []).append(row)
            self.index[(table, column)] = made
        return self.index[(table, column)]

    def belongs(self, table: str, row: Row) -> bool:
        told = DECLARED[table]
        if any(row.get(c) in self.own for c in told.get("belonging", [])):
            return True
        also = told.get("belonging_also")
        if also and row.get(also["on"]) is not None:
            for other in self.by(also["table"], also["on"]).get(row[also["on"]], []):
                if any(other.get(c) in self.own for c in also["columns"]):
                    return True
        parent = told.get("belonging_of")
        if parent and row.get(parent["on"]) is not None:
            return any(self.belongs(parent["table"], up) for up in self.by(parent["table"], parent["on"]).get(row[parent["on"]], []))
        return False

    def sees(self, table: str, row: Row) -> bool:
        told = DECLARED[table]
        if told.get("public"):
            return True
        for grant in self.grants:
            for rule in grant.get("deny", []):
                if self.meets(rule, table, row):
                    return False
        for grant in self.grants:
            if grant["rows"] == "all" or table in grant.get("whole", []):
                return True
            if grant["rows"] == "departments" and self.belongs(table, row):
                return True
            if any(self.meets(rule, table, row) for rule in grant.get("allow", [])):
                return True
        return False

    def meets(self, rule: Row, table: str, row: Row) -> bool:
        if rule.get("tables") and table not in rule["tables"]:
            return False
        return all(self.one(column, value, table, row, ()) for column, value in rule["where"].items())

    def one(self, column: str, value: Any, table: str, row: Row, seen: tuple[str, ...]) -> bool:
        if column == "label":
            label = self.labels[value]
            wanted = label["key"]
        elif column == "treated_days":
            wanted = "patient_key"
        else:
            wanted = column
        if wanted in DECLARED[table]["columns"]:
            held = row.get(wanted)
            if held is None:
                return False
            if column == "label":
                return held in self.labelled(value)
            if column == "treated_days":
                return held in self.treated(value)
            return held in self.values(value)
        told = DECLARED[table]
        ways = [(told["belonging_of"]["on"], told["belonging_of"]["table"])] if told.get("belonging_of") else []
        ways += [(on, up) for on, up in (("stay_id", "stay"), ("visit_id", "visit")) if on in told["columns"]]
        for on, up in ways:
            if up == table or up in seen or row.get(on) is None:
                continue
            if any(self.one(column, value, up, other, (*seen, table)) for other in self.by(up, on).get(row[on], [])):
                return True
        return False

    def values(self, value: Any) -> set[Any]:
        person = self.person
        named = {"$department": person.get("departments", []), "$campus": person.get("campuses", []),
                 "$ward": [person["ward"]] if person.get("ward") else [], "$doctor": [person["doctor"]] if person.get("doctor") else []}  # fmt: skip
        if isinstance(value, str) and value in named:
            return set(named[value])
        return set(value) if isinstance(value, list) else {value}

    def labelled(self, name: str) -> set[Any]:
        label = self.labels[name]
        if ("label", name) not in self.index:
            found = set()
            for row in self.hospital.get(label["table"], []):
                held = row.get(label["column"])
                if held is not None and (any(str(held).startswith(s) for s in label["starts"]) if "starts" in label else held in label["values"]):
                    found.add(row.get(label["key"]))
            if label["key"] == "patient_key":
                people = {r.get("person_id") for r in self.hospital.get("patient", []) if r.get("patient_key") in found} - {None}
                found |= {r.get("patient_key") for r in self.hospital.get("patient", []) if r.get("person_id") in people}
            self.index[("label", name)] = {k: [] for k in found - {None}}
        return set(self.index[("label", name)])

    def treated(self, days: int) -> set[Any]:
        doctor, now = self.person.get("doctor"), self.now.replace(minute=0, second=0, microsecond=0)
        since, found = now - timedelta(days=days), set()
        for row in self.hospital.get("stay", []):
            begun, left = row.get("admitted_at"), row.get("discharged_at")
            if doctor and row.get("doctor") == doctor and begun is not None and begun <= now and (left is None or left >= since):
                found.add(row.get("patient_key"))
        for row in self.hospital.get("visit", []):
            day = row.get("visit_date")
            if doctor and row.get("doctor") == doctor and day is not None and since.date() <= day <= now.date():
                found.add(row.get("patient_key"))
        return found

    def masked(self, table: str, row: Row) -> Row:
        """The row with masked columns as they come out."""
        told, shown = DECLARED[table], dict(row)
        for column, spec in told["columns"].items():
            masks = [g.get("masks", {}).get(table, {}).get(column) for g in self.grants]
            level = (spec or {}).get("level", told["level"])
            hide = any(column in g.get("hidden", {}).get(table, []) or (g.get("level") and level > g["level"]) for g in self.grants)
            if hide or "hide" in masks:
                shown[column] = None
            elif "year" in masks:
                held = row.get(column)
                shown[column] = type(held)(held.year, 1, 1) if isinstance(held, (date, datetime)) else None
        return shown

    def masks(self, table: str, column: str) -> bool:
        """Whether a column comes out masked in any way."""
        told = DECLARED[table]
        level = (told["columns"][column] or {}).get("level", told["level"])
        return any(
            column in g.get("hidden", {}).get(table, []) or column in g.get("masks", {}).get(table, {}) or (g.get("level") and level > g["level"])
            for g in self.grants
        )

    def view(self, tables: list[str] | None = None) -> Rows:
        """The copy 过滤后的副本 of the hospital that this person has before him."""
        named = tables or list(self.hospital)
        return {t: [self.masked(t, r) for r in self.hospital[t] if self.sees(t, r)] for t in named}


def some_policy(r: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Random roles and labels."""
    labels = {
        "vip": {"table": "visit", "key": "patient_key", "column": "channel", "values": r.sample(["微信", "APP", "窗口", "电话"], 1)},
        "sensitive": {"table": "front_page", "key": "patient_key", "column": "main_diagnosis", "starts": [r.choice(["肺", "脑"])]},
        "bad_stay": {"table": "stay", "key": "stay_id", "column": "insurance_type", "values": ["自费"]},
    }
    roles: dict[str, Any] = {}
    for i in range(6):
        role: dict[str, Any] = {"rows": r.choice(["all", "departments", "departments", "rules", "rules", "none"])}
        if r.random() < 0.6 or role["rows"] == "rules":
            role["allow"] = [some_rule(r, labels) for _ in range(r.randint(1, 2))]
        if r.random() < 0.5:
            role["deny"] = [some_rule(r, labels) for _ in range(r.randint(1, 2))]
        if r.random() < 0.3:
            role["whole"] = r.sample(["visit", "charge", "stay", "exam", "dispense", "bed_day"], 2)
        if r.random() < 0.5:
            role["hidden"] = {"visit": r.sample(["gender", "age_years", "insurance_type", "channel"], 2), "charge": ["amount"][: r.randint(0, 1)]}
        if r.random() < 0.5:
            role["masks"] = {"stay": {"admitted_at": r.choice(["year", "hide"]), "insurance_type": r.choice(["year", "hide"])}, "patient": {"birth_date": r.choice(["year", "hide"])}}
        if r.random() < 0.25:
            role["level"] = r.choice([2, 3])
        roles[f"role{i}"] = role
    return roles, labels


def some_rule(r: random.Random, labels: dict[str, Any]) -> Row:
    """A random rule."""
    where: Row = {}
    for _ in range(r.choice([1, 1, 2])):
        kind = r.choice(["campus", "ward", "doctor", "department", "literal", "label", "treated"])
        if kind in ("campus", "ward", "doctor", "department"):
            where[kind] = f"${kind}"
        elif kind == "literal":
            where[r.choice(["gender", "insurance_type"])] = r.choice(["男", "自费", ["女", "商业保险"]])
        elif kind == "label":
            where["label"] = r.choice(sorted(labels))
        else:
            where["treated_days"] = r.choice([0, 30, 200])
    rule: Row = {"where": where}
    if r.random() < 0.3:
        rule["tables"] = r.sample(["visit", "stay", "charge", "front_page", "dispense", "lab_report"], 3)
    return rule


def somebody(r: random.Random, roles: dict[str, Any], i: int) -> Person:
    """A random person with one to three roles."""
    names = [*roles, "director", "head", "head", "doctor", "pharmacist", "auditor"]
    held = r.sample(names, r.choice([1, 1, 1, 2, 3]))
    person: Person = {"name": f"p{i}", "role": held[0], "roles": held[1:], "departments": r.sample(DEPARTMENTS, r.choice([0, 1, 1, 2]))}
    if r.random() < 0.7:
        person |= {"campuses": r.sample(["HQ", "EAST"], r.choice([0, 1, 1])), "ward": r.choice(["W1", "W2", None]), "doctor": r.choice(["S1", "S2", "S4", None])}
    return person
