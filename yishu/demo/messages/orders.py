"""his_orm 医嘱与申请: prescriptions, laboratory and imaging requests of the clinics, orders of the wards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yishu.demo.messages.speech import Phrases, Speech, iso, recent, segment, stamp
from yishu.demo.pathway import pathways
from yishu.demo.world import NONE, Array, Columns, World

CHANNEL = "his_orm"
SECTION = {4: "LAB", 5: "RAD", 6: "OTH"}


def lines_of(world: World, prescriptions: Array) -> dict[int, Array]:
    """The lines of each prescription 处方明细; lines lie in prescription order."""
    owner = world.events["line"]["prescription"]
    begin, end = np.searchsorted(owner, prescriptions), np.searchsorted(owner, prescriptions, side="right")
    return {int(p): np.arange(b, e) for p, b, e in zip(prescriptions.tolist(), begin.tolist(), end.tolist(), strict=True)}


def orders(world: World, people: Columns) -> Iterator[Speech]:
    """NW a new order, CA one taken back with its money, DC a long order stopped."""
    phrases = Phrases(world, people)
    rx, refund = world.events["prescription"], world.events["refund"]
    new = recent(world, rx["issued"])
    back = recent(world, refund["time"])
    lines = lines_of(world, np.unique(np.concatenate((new, refund["prescription"][back]))))
    for p in new.tolist():
        yield _prescription(world, phrases, p, lines[p], "NW", int(rx["issued"][p]))
    for b in back.tolist():
        p = int(refund["prescription"][b])
        yield _prescription(world, phrases, p, lines[p], "CA", int(refund["time"][b]))
    yield from _ward_orders(world, phrases)


def _prescription(world: World, phrases: Phrases, p: int, lines: Array, control: str, moment: int) -> Speech:
    """One prescription or request sheet, one ORC group a line; ORC-2 the line's number, ORC-4 the sheet's."""
    visit, rx, line = world.events["visit"], world.events["prescription"], world.events["line"]
    s = phrases.structure
    at = int(rx["visit"][p])
    card, number = str(visit["card"][at]), str(visit["number"][at])
    doctor = int(visit["doctor"][at])
    segments = [phrases.pid(int(visit["person"][at]), card, "HIS_MZ"), phrases.clinic_pv1(at)]
    values = []
    for n, i in enumerate(lines.tolist()):
        order, quantity = str(line["number"][i]), int(line["quantity"][i])
        segments.append(segment("ORC", f1=control, f2=f"{order}^HIS_MZ", f4=f"{rx['number'][p]}^HIS_MZ", f5="CA" if control == "CA" else "SC", f9=stamp(moment), f12=phrases.doctor(doctor, "his_mz"), f13=phrases.department(int(visit["department"][at]), int(visit["campus"][at]), "his_mz")))
        if line["drug"][i] >= 0:
            drug = s.drugs[int(line["drug"][i])]
            code, name = drug.mz, drug.name
            segments.append(segment("RXO", f1=f"{code}^{drug.name}^HIS_MZ", f2=str(quantity), f4=drug.big_unit, f5=drug.spec.replace("*", "x"), f11=str(quantity)))
        else:
            item = s.items[int(line["item"][i])]
            code, name = item.code, item.name
            segments.append(segment("OBR", f1=str(n + 1), f2=f"{order}^HIS_MZ", f4=f"{code}^{name}^HIS_MZ", f6=stamp(moment), f16=phrases.doctor(doctor, "his_mz"), f24=SECTION.get(int(rx["kind"][p]), "OTH")))
        said = {
            "patient": card, "visit": number, "prescription": str(rx["number"][p]), "code": code, "item": name, "quantity": str(quantity), "control": control,
            "department": phrases.name_of(int(visit["department"][at])), "doctor": phrases.staff_id(doctor), "ordered_at": iso(moment),
        }  # fmt: skip
        values.append((order, said))
    return Speech(moment, CHANNEL, "ORM^O01", tuple(segments), card, number, "MZ_CFK", str(rx["number"][p]), tuple(values))


def _ward_orders(world: World, phrases: Phrases) -> Iterator[Speech]:
    order, stay, s = world.events["order"], world.events["stay"], phrases.structure
    stop = np.where((order["stop"] != NONE) & (order["stop"] <= world.until), order["stop"], -1)
    story = pathways()
    for control, moments in (("NW", order["time"]), ("DC", np.where(order["long"] > 0, stop, -1))):
        for i in recent(world, moments).tolist():
            at, moment, key = int(order["stay"][i]), int(moments[i]), str(i + 1)
            brid, number, doctor = str(stay["brid"][at]), str(stay["number"][at]), int(order["doctor"][i])
            orc = segment(
                "ORC", f1=control, f2=f"{key}^HIS_ZY", f5="DC" if control == "DC" else "IP", f7=f"^^^{stamp(int(order['time'][i]))}^{stamp(moment) if control == 'DC' else ''}".rstrip("^"),
                f9=stamp(moment), f12=phrases.doctor(doctor, "his_zy"),
                f13=phrases.department(int(order["department"][i]), s.wards[int(order["ward"][i])].campus, "his_zy"), f29="长期" if order["long"][i] else "临时",
            )  # fmt: skip
            if order["drug"][i] >= 0:
                drug = s.drugs[int(order["drug"][i])]
                code, name = str(drug.zy), drug.name
                what = segment("RXO", f1=f"{code}^{name}^HIS_ZY", f2="1", f4=drug.unit, f5=drug.spec.replace("*", "x"))
            elif order["item"][i] >= 0:
                item = s.items[int(order["item"][i])]
                code, name = str(item.zy), item.name
                what = segment("OBR", f1="1", f2=f"{key}^HIS_ZY", f4=f"{code}^{name}^HIS_ZY", f6=stamp(moment), f24="LAB" if order["kind"][i] == 2 else "RAD")
            else:
                p = story[int(order["text"][i])]
                code, name = p.surgery.code if p.surgery else "", p.surgery.name if p.surgery else ""
                what = segment("OBR", f1="1", f2=f"{key}^HIS_ZY", f4=f"{code}^{name}^ICD9CM3", f6=stamp(moment), f24="SUR")
            piece = int(stay["current"][at])
            segments = (phrases.pid(int(stay["person"][at]), brid, "HIS_ZY"), phrases.stay_pv1(at, piece), orc, what)
            said = {
                "patient": brid, "visit": number, "code": code, "item": name, "control": control, "department": phrases.name_of(int(order["department"][i])),
                "doctor": phrases.staff_id(doctor), "ordered_at": iso(int(order["time"][i])), "stopped_at": iso(moment) if control == "DC" else "",
            }  # fmt: skip
            yield Speech(moment, CHANNEL, "ORM^O01", segments, brid, number, "ZY_BQYZ", key, ((key, said),))
