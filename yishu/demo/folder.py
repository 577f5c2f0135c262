"""Folder 医院文件夹: writes the generated text of `hospitals/model` (hospital.yaml, calendar.csv, codes/*.csv).

`python -m yishu.demo.folder hospitals/model`; a test compares what is committed.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from yishu.demo.structure import CONFIG, Structure, structure

Row = tuple[str, str, str, str]


def files() -> dict[str, str]:
    """Every generated file 生成的文件: path within the folder → text."""
    s = structure()
    made = {"hospital.yaml": _hospital(s), "calendar.csv": (CONFIG / "calendar.csv").read_text(encoding="utf-8")}
    for system, rows in _codes(s).items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("source", "source_code", "source_name", "standard_code", "since", "until"))
        writer.writerows((*row, "", "") for row in sorted(set(rows)))
        made[f"codes/{system}.csv"] = text.getvalue()
    return made


def _hospital(s: Structure) -> str:
    wards = []
    for w in s.wards:
        wards.append({"id": w.id, "name": w.name, "campus": s.campuses[w.campus].id, "department": s.departments[w.beds[0][0]].id})
    body = {
        "name": "医枢示范医院",
        "demo": True,
        "time_zone": "Asia/Shanghai",
        "week_start": "monday",
        "small_cell": 5,
        "calendar": {"known_to": "time", "holidays": "calendar.csv"},
        "campuses": [{"id": c.id, "name": c.name} for c in s.campuses],
        "departments": [
            {"id": d.id, "name": d.name, "group": d.group, "catalog": d.catalog, "clinical": d.clinical, "aliases": list(d.aliases)}
            for d in s.departments
        ],
        "wards": wards,
        "parameters": {},
    }
    head = "# 医枢示范医院：院区、科室、病区。开放床位来自住院HIS的床位设置（mappings/his_zy/ward_bed.sql）。由 yishu.demo.folder 从 demo/config 写出。\n"
    lines = [head]
    for key, value in body.items():
        if isinstance(value, list):
            lines.append(f"{key}:\n")
            lines.extend("- " + yaml.safe_dump(v, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10000) for v in value)
        else:
            style = None if isinstance(value, dict) else False
            lines.append(yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, default_flow_style=style))
    return "".join(lines)


def _codes(s: Structure) -> dict[str, list[Row]]:
    return {
        "department": list(_departments(s)),
        "ward": list(_wards(s)),
        "campus": [
            (source, c.code, c.name, c.id) for c in s.campuses
            for source in ("his_mz", "his_zy", "lis", "ris_pacs", "emr_ba", "emr_basy", "ssmz", "zlk", "hrp")
        ],
        "staff": list(_staff(s)),
        "drug": [
            row for d in s.drugs
            for row in (("his_mz", d.mz, d.name, d.id), ("his_zy", str(d.zy), d.name, d.id), ("hrp", d.hrp, d.name, d.id))
        ],
        "diagnosis": list(_diagnoses(s)),
        "insurance_type": [
            row for i in s.raw["insurance"]
            for row in (
                ("his_mz", i["mz"], i["name"], i["name"]), ("his_zy", str(i["zy"]), i["name"], i["name"]),
                ("emr_basy", i["basy"], i["name"], i["name"]), ("emr_ba", i["basy"], i["name"], i["name"]),
            )
        ],
        "channel": [("his_mz", c["mz"], c["name"], c["name"]) for c in s.raw["channels"]],
        "fin_category": [
            row for name, mz, zy in s.raw["fin_categories"]
            for row in (("his_mz", mz, name, name), ("his_zy", str(zy), name, name))
        ],
        "visit_class": [("his_mz", c, n, v) for c, n, v in (("0", "普通", "门诊"), ("1", "专家", "门诊"), ("2", "急诊", "急诊"), ("3", "特需", "门诊"))],
        "exam_type": [("ris_pacs", m, n, n) for m, n in (("CT", "CT"), ("MR", "MRI"), ("US", "超声"), ("DX", "X线"), ("ES", "内镜"))],
        "surgery_level": [(source, str(i + 1), n, n) for i, n in enumerate(("一级", "二级", "三级", "四级")) for source in ("ssmz", "emr_basy")],
        "disposition": [
            ("emr_basy", c, n, n)
            for c, n in (("1", "医嘱离院"), ("2", "医嘱转院"), ("3", "医嘱转社区"), ("4", "非医嘱离院"), ("5", "死亡"), ("9", "其他"))
        ],
    }  # fmt: skip


def _departments(s: Structure) -> Iterable[Row]:
    for d in s.departments:
        for c, campus in enumerate(s.campuses):
            if campus.id not in d.at:
                continue
            name = d.name + campus.suffix
            yield "his_mz", d.mz(c), name, d.id
            yield "his_zy", str(d.zy(c)), name, d.id
            yield "ssmz", str(d.zy(c)), name, d.id
            yield "lis", d.lis(c), name, d.id
            for said in {d.name, d.short, *d.aliases}:
                yield "ris_pacs", said + campus.suffix, said + campus.suffix, d.id
        for said in {d.name, d.short, *d.aliases}:
            for source in ("zlk", "zlk_excel"):
                yield source, said, said, d.id
        for source in ("emr_basy", "emr_ba"):
            yield source, d.hqms(), d.name, d.id
        yield "hrp", d.hr(), d.name, d.id
    for w in s.wards:
        if len(w.beds) == 1:
            yield "ris_pacs", w.name, w.name, s.departments[w.beds[0][0]].id


def _wards(s: Structure) -> Iterable[Row]:
    for w in s.wards:
        for source in ("his_zy", "ssmz", "lis"):
            yield source, str(w.code), w.name, w.id
        for source in ("ris_pacs", "emr_basy", "emr_ba", "zlk", "zlk_excel"):
            yield source, w.name, w.name, w.id


def _staff(s: Structure) -> Iterable[Row]:
    for p in s.staff:
        yield "his_mz", p.mz, p.name, p.id
        yield "his_zy", str(p.zy), p.name, p.id
        yield "ssmz", str(p.zy), p.name, p.id
        for source in ("hrp", "emr_basy", "emr_ba", "zlk"):
            yield source, p.hr, p.name, p.id
        if p.category == "医师":
            yield "ris_pacs", f"{s.departments[p.department].name}/{p.name}", p.name, p.id


def _diagnoses(s: Structure) -> Iterable[Row]:
    with (CONFIG / "icd_groups.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for source in ("his_mz", "his_zy", "emr_ba", "emr_basy", "ssmz"):
                yield source, row["prefix"] + "*", row["label"], row["label"]


def main(target: str) -> None:
    """Write the files 写出."""
    for name, text in files().items():
        path = Path(target) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "hospitals/model")
