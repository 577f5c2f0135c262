"""his_dft 费用: what a visit pays and gives back, and what a ward posts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yishu.demo.messages.orders import lines_of
from yishu.demo.messages.speech import Phrases, Speech, iso, money, recent, segment, stamp
from yishu.demo.world import NONE, Array, Columns, World

CHANNEL = "his_dft"


def bills(world: World, people: Columns) -> Iterator[Speech]:
    """P03 for every paid prescription, every refund, and every posting of a stay at one moment."""
    phrases = Phrases(world, people)
    rx, line, refund = (world.events[k] for k in ("prescription", "line", "refund"))
    paid, back = recent(world, np.where(rx["paid"], rx["paid_at"], -1)), recent(world, refund["time"])
    lines = lines_of(world, np.unique(np.concatenate((paid, refund["prescription"][back]))))
    for p in paid.tolist():
        yield _paid(world, phrases, p, lines[p], line["number"][lines[p]], int(rx["paid_at"][p]), 1, world.receipts[p])
    red_lines = np.nonzero(np.isin(line["prescription"], refund["prescription"]))[0]
    for b in back.tolist():
        p = int(refund["prescription"][b])
        number = 68_000_001 + np.searchsorted(red_lines, lines[p])
        yield _paid(world, phrases, p, lines[p], number, int(refund["time"][b]), -1, world.red_receipts[b])
    yield from _postings(world, phrases)


def _ft1(n: int, number: str, batch: str, moment: int, code: str, name: str, store: str, quantity: int, cents: int, department: str, exec_department: str, doctor: str) -> str:
    """FT1: transaction number, receipt, time, CG or CR, item, quantity, extended and unit amount, ordering and performing department."""
    unit = abs(cents) // max(abs(quantity), 1)
    return segment(
        "FT1", f1=str(n), f2=number, f3=batch, f4=stamp(moment), f6="CG" if cents >= 0 else "CR", f7=f"{code}^{name}^{store}", f10=str(quantity),
        f11=money(cents), f12=money(unit), f13=department, f16=exec_department, f21=doctor,
    )  # fmt: skip


def _paid(world: World, phrases: Phrases, p: int, lines: Array, numbers: Array, moment: int, sign: int, receipt: str) -> Speech:
    visit, rx, line, s = world.events["visit"], world.events["prescription"], world.events["line"], phrases.structure
    at = int(rx["visit"][p])
    card, number, doctor = str(visit["card"][at]), str(visit["number"][at]), int(visit["doctor"][at])
    department, campus = int(visit["department"][at]), int(visit["campus"][at])
    segments = [segment("EVN", f1="P03", f2=stamp(moment)), phrases.pid(int(visit["person"][at]), card, "HIS_MZ"), phrases.clinic_pv1(at)]
    values = []
    for n, (i, own) in enumerate(zip(lines.tolist(), numbers.tolist(), strict=True)):
        quantity, cents = sign * int(line["quantity"][i]), sign * int(line["amount"][i])
        if line["drug"][i] >= 0:
            drug = s.drugs[int(line["drug"][i])]
            code, name, where, kind = drug.mz, drug.name, s.department("D9900"), drug.kind
        else:
            item = s.items[int(line["item"][i])]
            code, name, where, kind = item.code, item.name, item.exec_department if item.exec_department != NONE else department, item.category
        there = 0 if where != department and not set(s.departments[where].at) - {"HQ"} else campus
        segments.append(_ft1(n + 1, str(own), receipt, moment, code, name, "HIS_MZ", quantity, cents, phrases.department(department, campus, "his_mz"), phrases.department(where, there, "his_mz"), phrases.doctor(doctor, "his_mz")))
        values.append((str(own), _said(card, number, receipt, code, name, kind, quantity, cents, phrases, department, where, doctor, moment)))
    segments.append(phrases.insurance(int(visit["person"][at]), "his_mz"))
    return Speech(moment, CHANNEL, "DFT^P03", tuple(segments), card, number, "SF_BRJSK", receipt, tuple(values))


def _said(patient: str, visit: str, receipt: str, code: str, name: str, kind: str, quantity: int, cents: int, phrases: Phrases, department: int, where: int, doctor: int, moment: int) -> dict[str, str]:
    return {
        "patient": patient, "visit": visit, "receipt": receipt, "code": code, "item": name, "fin_category": kind, "quantity": str(quantity), "amount": money(cents),
        "department": phrases.name_of(department), "exec_department": phrases.name_of(where), "doctor": phrases.staff_id(doctor), "charged_at": iso(moment),
    }  # fmt: skip


def _postings(world: World, phrases: Phrases) -> Iterator[Speech]:
    """Charges of one stay at one moment in one message; ward charges come without a receipt."""
    charge, stay, s = world.events["charge"], world.events["stay"], phrases.structure
    at = recent(world, charge["time"])
    at = at[np.lexsort((charge["number"][at], charge["time"][at], charge["stay"][at]))]
    cut = np.nonzero(np.diff(charge["stay"][at], prepend=-1) | np.diff(charge["time"][at], prepend=-1))[0].tolist()
    for begin, end in zip(cut, [*cut[1:], len(at)][: len(cut)], strict=True):
        i = int(at[begin])
        who, moment = int(charge["stay"][i]), int(charge["time"][i])
        brid, number = str(stay["brid"][who]), str(stay["number"][who])
        segments = [segment("EVN", f1="P03", f2=stamp(moment)), phrases.pid(int(stay["person"][who]), brid, "HIS_ZY"), phrases.stay_pv1(who, int(stay["current"][who]))]
        values = []
        for n, j in enumerate(at[begin:end].tolist()):
            drug, own = int(charge["drug"][j]), str(charge["number"][j])
            code, name, kind = (str(s.drugs[drug].zy), s.drugs[drug].name, s.drugs[drug].kind) if drug >= 0 else _item(phrases, int(charge["item"][j]))
            quantity, cents, doctor = int(charge["quantity"][j]), int(charge["cents"][j]), int(charge["doctor"][j])
            department, where, campus = int(charge["department"][j]), int(charge["exec"][j]), s.wards[int(charge["ward"][j])].campus
            there = 0 if not set(s.departments[where].at) - {"HQ"} else campus
            segments.append(_ft1(n + 1, own, "", moment, code, name, "HIS_ZY", quantity, cents, phrases.department(department, campus, "his_zy"), phrases.department(where, there, "his_zy"), phrases.doctor(doctor, "his_zy")))
            values.append((own, _said(brid, number, "", code, name, kind, quantity, cents, phrases, department, where, doctor, moment)))
        segments.append(phrases.insurance(int(stay["person"][who]), "his_zy"))
        yield Speech(moment, CHANNEL, "DFT^P03", tuple(segments), brid, number, "ZY_FYMX", str(charge["number"][int(at[begin])]), tuple(values))


def _item(phrases: Phrases, index: int) -> tuple[str, str, str]:
    item = phrases.structure.items[index]
    return str(item.zy), item.name, item.category
