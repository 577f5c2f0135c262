"""his_adt 患者与就诊: cards, registrations, admissions, transfers, leaving, births, cancelled admissions, merged cards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yishu.demo.messages.speech import Phrases, Speech, iso, recent, segment, stamp
from yishu.demo.pathway import pathways
from yishu.demo.world import Columns, World

CHANNEL = "his_adt"
CLASSES = ("普通", "专家", "急诊", "特需")


def adt(world: World, people: Columns) -> Iterator[Speech]:
    """Every ADT message of the last two days, in no order yet."""
    phrases = Phrases(world, people)
    yield from _cards(world, phrases)
    yield from _registrations(world, phrases)
    yield from _stays(world, phrases)
    yield from _newborns(world, phrases)
    yield from _void(world, phrases)


def _evn(trigger: str, moment: int) -> str:
    return segment("EVN", f1=trigger, f2=stamp(moment))


def _cards(world: World, phrases: Phrases) -> Iterator[Speech]:
    """A28 a new card; A40 when the desk sees within the hour that its owner has one already; A31 when he corrects his data."""
    card = world.events["card"]
    first = {int(p): int(n) for p, n in zip(card["person"][~card["second"]], card["number"][~card["second"]], strict=True)} if card["second"].any() else {}
    for i in recent(world, card["made_at"]).tolist():
        moment, person, number = int(card["made_at"][i]), int(card["person"][i]), str(card["number"][i])
        pid = phrases.pid(person, number, "HIS_MZ")
        said = {"name": str(phrases.people["name"][person]), "gender": "女" if phrases.people["female"][person] else "男", "id_card": str(phrases.people["idcard"][person])}
        yield Speech(moment, CHANNEL, "ADT^A28", (_evn("A28", moment), pid, phrases.insurance(person, "his_mz")), number, "", "MZ_BRXX", number, ((number, said),))
        later = moment + 1800 + i % 1500
        if card["second"][i] and i % 3 == 0 and later <= world.until:
            kept = str(first[person])
            segments = (_evn("A40", later), phrases.pid(person, kept, "HIS_MZ"), segment("MRG", f1=f"{number}^^^HIS_MZ^PI"))
            yield Speech(later, CHANNEL, "ADT^A40", segments, kept, "", "MZ_BRXX", number, ((number, {"merged_into": kept}),))
        elif i % 23 == 0 and moment + 240 <= world.until:
            segments = (_evn("A31", moment + 240), pid, phrases.insurance(person, "his_mz"))
            yield Speech(moment + 240, CHANNEL, "ADT^A31", segments, number, "", "MZ_BRXX", number, ((number, said),))


def _registrations(world: World, phrases: Phrases) -> Iterator[Speech]:
    """A04 registration 挂号; A11 given back 退号; A08 diagnosis and end of the visit 就诊结束."""
    v = world.events["visit"]
    for at in recent(world, np.where(v["came"], v["register"], -1)).tolist():
        register, person, card, number = int(v["register"][at]), int(v["person"][at]), str(v["card"][at]), str(v["number"][at])
        pid, pv1 = phrases.pid(person, card, "HIS_MZ"), phrases.clinic_pv1(at)
        kind = 2 if v["urgent"][at] else (1 if "主任" in phrases.structure.staff[int(v["doctor"][at])].title else 0)
        zgh = segment("ZGH", f1=str(kind), f2=CLASSES[kind], f3="2" if v["again"][at] else "1", f4=str(phrases.structure.raw["channels"][int(v["channel"][at])]["mz"]), f5=str(max(int(v["booking"][at]), 0)))
        said = {
            "patient": card, "visit_class": "急诊" if v["urgent"][at] else "门诊", "department": phrases.name_of(int(v["department"][at])),
            "doctor": phrases.staff_id(int(v["doctor"][at])), "registered_at": iso(register),
        }  # fmt: skip
        yield Speech(register, CHANNEL, "ADT^A04", (_evn("A04", register), pid, pv1, zgh), card, number, "MZ_GHZD", number, ((number, said),))
        back = register + 1200
        if v["refunded"][at] and back <= world.until:
            yield Speech(back, CHANNEL, "ADT^A11", (_evn("A11", back), pid, pv1), card, number, "MZ_GHZD", number, ((number, {"cancelled": "1"}),))
        finish = int(v["finish"][at])
        if v["seen"][at] and finish <= world.until and not v["refunded"][at]:
            d = phrases.structure.diagnoses[int(v["diagnosis"][at])]
            dg1 = segment("DG1", f1="1", f3=f"{d.icd}^{d.name}^ICD10", f5=stamp(finish), f6="F")
            zjz = segment("ZJZ", f1=stamp(int(v["arrive"][at])) if v["checked"][at] else "", f2=stamp(int(v["start"][at])), f3=stamp(finish))
            said = {"diagnosis": d.icd, "seen_at": iso(int(v["start"][at])), "ended_at": iso(finish)}
            yield Speech(finish, CHANNEL, "ADT^A08", (_evn("A08", finish), pid, pv1, dg1, zjz), card, number, "MZ_GHZD", number, ((number, said),))


def _stays(world: World, phrases: Phrases) -> Iterator[Speech]:
    """A01 into the first bed, A02 on to the next, A03 out; A08 when the doctor has written the diagnosis."""
    stay, piece, move = world.events["stay"], world.events["segment"], world.events["move"]
    story = pathways()
    for i in recent(world, move["time"]).tolist():
        moment, kind, n, key = int(move["time"][i]), int(move["kind"][i]), int(move["segment"][i]), str(move["number"][i])
        at = int(piece["stay"][n])
        person, brid, number = int(stay["person"][at]), str(stay["brid"][at]), str(stay["number"][at])
        pid = phrases.pid(person, brid, "HIS_ZY")
        p = story[int(stay["story"][at])]
        dg1 = segment("DG1", f1="1", f3=f"{p.icd}^{p.name}^ICD10", f6="A" if kind == 1 else "F")
        ward = phrases.structure.wards[int(piece["ward"][n])]
        said = {"patient": brid, "department": phrases.name_of(int(piece["department"][n])), "ward": ward.name, "bed": f"{int(piece['number'][n]):02d}床", "moved_at": iso(moment)}
        if kind == 1:
            pv1 = phrases.stay_pv1(at, n)
            yield Speech(moment, CHANNEL, "ADT^A01", (_evn("A01", moment), pid, pv1, dg1, phrases.insurance(person, "his_zy")), brid, number, "ZY_ZKJL", key, ((key, said),))
            written = moment + 5400 + i % 3600
            if i % 4 == 0 and written <= world.until:
                said = {"patient": brid, "diagnosis": p.icd, "doctor": phrases.staff_id(int(stay["doctor"][at]))}
                yield Speech(written, CHANNEL, "ADT^A08", (_evn("A08", written), pid, pv1, dg1), brid, number, "ZY_BRRY", number, ((number, said),))
        elif kind == 9:
            pv1 = phrases.stay_pv1(at, n, left=moment)
            said |= {"disposition": "死亡" if stay["dead"][at] else "", "discharged_at": iso(moment)}
            yield Speech(moment, CHANNEL, "ADT^A03", (_evn("A03", moment), pid, pv1, dg1), brid, number, "ZY_ZKJL", key, ((key, said),))
        else:
            yield Speech(moment, CHANNEL, "ADT^A02", (_evn("A02", moment), pid, phrases.stay_pv1(at, n, before=n - 1)), brid, number, "ZY_ZKJL", key, ((key, said),))


def _newborns(world: World, phrases: Phrases) -> Iterator[Speech]:
    """A01 of a newborn 新生儿, with his mother in PID-21 and the order of birth in PID-25."""
    newborn, stay = world.events["newborn"], world.events["stay"]
    for i in recent(world, newborn["born"]).tolist():
        at, moment, rank = int(newborn["mother"][i]), int(newborn["born"][i]), int(newborn["rank"][i])
        mother, brid = str(stay["brid"][at]), str(newborn["brid"][i])
        number = str(int(stay["number"][at]) * 100 + rank)
        pid = phrases.pid(int(newborn["person"][i]), brid, "HIS_ZY", mother=mother, rank=rank)
        segments = (_evn("A01", moment), pid, phrases.stay_pv1(at, int(stay["first"][at]), number=number), segment("DG1", f1="1", f3="Z38.000^单胎活产婴儿^ICD10", f6="A"))
        yield Speech(moment, CHANNEL, "ADT^A01", segments, brid, number, "ZY_BRRY", number, ((number, {"patient": brid, "mother": mother, "rank": str(rank)}),))


def _void(world: World, phrases: Phrases) -> Iterator[Speech]:
    """A01 and A11 of an admission that was registered and never took a bed 取消入院."""
    void, stay = world.events["void"], world.events["stay"]
    for i in recent(world, void["begin"]).tolist():
        at, moment, number = int(void["stay"][i]), int(void["begin"][i]), str(void["number"][i])
        brid = str(stay["brid"][at])
        pid, pv1 = phrases.pid(int(stay["person"][at]), brid, "HIS_ZY"), phrases.stay_pv1(at, int(stay["first"][at]), number=number)
        yield Speech(moment, CHANNEL, "ADT^A01", (_evn("A01", moment), pid, pv1), brid, number, "ZY_BRRY", number, ((number, {"patient": brid}),))
        later = min(moment + 2400, world.until)
        yield Speech(later, CHANNEL, "ADT^A11", (_evn("A11", later), pid, pv1), brid, number, "ZY_BRRY", number, ((number, {"cancelled": "1"}),))
