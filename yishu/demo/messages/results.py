"""lis_oru 检验报告: one message a published report, one OBX a result, as the laboratory has written them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yishu.demo.messages.speech import Phrases, Speech, escape, iso, recent, segment, stamp
from yishu.demo.world import Columns, World

CHANNEL = "lis_oru"
FLAGS = {"↑": "H", "↓": "L", "": "N"}


def results(world: World, people: Columns) -> Iterator[Speech]:
    """R01 of every report published in the last two days; a revised one again, its OBX corrected (C)."""
    if "sample" not in world.events:
        return
    phrases = Phrases(world, people)
    sample, report, result = (world.events[k] for k in ("sample", "report", "result"))
    owner = result["sample"]
    for i in recent(world, report["published"]).tolist():
        n = int(report["sample"][i])
        rows = np.arange(np.searchsorted(owner, n), np.searchsorted(owner, n, side="right"))
        yield _report(world, phrases, i, n, rows)
    del sample


def _report(world: World, phrases: Phrases, i: int, n: int, rows: np.ndarray) -> Speech:
    sample, report, result, s = world.events["sample"], world.events["report"], world.events["result"], phrases.structure
    inpatient = int(sample["kind"][n]) == 2
    patient, visit, barcode = str(sample["patient"][n]), str(sample["visit"][n]), str(sample["barcode"][n])
    department, campus = int(sample["department"][n]), int(sample["campus"][n])
    key, moment, second = str(report["report"][i]), int(report["published"][i]), bool(report["second"][i])
    request = f"{'Z' if inpatient else 'M'}{sample['request'][n]}"
    item = s.items[int(sample["item"][n])]
    pv1 = segment(
        "PV1", f1="1", f2="OEI"[int(sample["kind"][n])], f3=f"{s.wards[int(sample['ward'][n])].code}^^^{s.campuses[campus].code}" if inpatient else f"{s.departments[department].lis(campus)}^^^{s.campuses[campus].code}",
        f10=s.departments[department].lis(campus), f19=visit,
    )  # fmt: skip
    obr = segment(
        "OBR", f1="1", f2=f"{request}^HIS", f3=f"{barcode}^LIS", f4=f"{item.code}^{item.name}^LIS", f7=stamp(int(sample["collect"][n])), f14=stamp(int(sample["received"][n])),
        f20=key, f22=stamp(moment), f24="CH", f25="C" if second else "F",
    )  # fmt: skip
    segments = [phrases.pid(int(sample["person"][n]), patient, "HIS_ZY" if inpatient else "HIS_MZ"), pv1, segment("ORC", f1="RE", f2=f"{request}^HIS", f3=f"{barcode}^LIS", f5="CM", f9=stamp(moment)), obr]
    values = []
    for k, j in enumerate(rows.tolist()):
        code, text, flag = str(result["code"][j]), str(result["text"][j]), str(result["flag"][j])
        number = text.replace(".", "").isdigit()
        segments.append(segment("OBX", f1=str(k + 1), f2="NM" if number else "ST", f3=f"{code}^{escape(str(result['name'][j]))}^LIS", f5=escape(text), f6=escape(str(result["unit"][j])), f7=escape(str(result["reference"][j])), f8=FLAGS[flag], f11="C" if second else "F", f14=stamp(moment)))
        values.append((f"{key}|{code}", {"barcode": barcode, "item_code": code, "result": text, "unit": str(result["unit"][j]), "flag": flag}))
    values.append((key, {"patient": patient, "visit": visit, "barcode": barcode, "request": request, "department": phrases.name_of(department), "collected_at": iso(int(sample["collect"][n])), "received_at": iso(int(sample["received"][n])), "published_at": iso(moment), "version": "2" if second else "1"}))
    return Speech(moment, CHANNEL, "ORU^R01", tuple(segments), patient, visit, "lis_report", key, tuple(values))
