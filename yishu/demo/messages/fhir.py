"""fhir 资源包: registrations, stays and laboratory reports of the last two days as FHIR R4 transaction bundles.

Each bundle carries the whole patient and puts its resources under the senders' own numbers (`PUT Patient/HIS_MZ-1000001`), so that
sending one twice changes nothing (R4 §3.1.0.11). Moments carry the hospital's offset, as `dateTime` demands once it has hours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import orjson

from yishu.demo.messages.paper import Paper, Persons, having, rows_of
from yishu.demo.messages.speech import Phrases, iso, recent
from yishu.demo.pathway import pathways
from yishu.demo.world import Columns, World

Json = dict[str, object]
SYSTEM = "urn:jlyy:"                                   # the hospital's own spaces of numbers and codes
TERMS = "http://terminology.hl7.org/CodeSystem/"
LEAVING = {1: ("home", "医嘱离院"), 2: ("other-hcf", "医嘱转院"), 3: ("other-hcf", "医嘱转社区"), 4: ("aadvice", "非医嘱离院"), 5: ("exp", "死亡"), 9: ("oth", "其他")}
ACT = {"AMB": "门诊", "EMER": "急诊", "IMP": "住院"}


def bundles(world: World, people: Columns) -> Iterator[Paper]:
    """Every bundle of the last two days, in no order yet."""
    writer = _Writer(world, people)
    yield from writer.registrations()
    yield from writer.stays()
    if having(world, "sample", "report", "result"):
        yield from writer.reports()


def moment(seconds: int) -> str:
    """A FHIR dateTime 带时区的时刻."""
    return iso(seconds).replace(" ", "T") + "+08:00"


def _concept(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def _bundle(at: int, *resources: Json) -> bytes:
    entries = [{"fullUrl": f"{SYSTEM}{r['resourceType']}:{r['id']}", "resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}} for r in resources]
    return orjson.dumps({"resourceType": "Bundle", "type": "transaction", "timestamp": moment(at), "entry": entries})


class _Writer:
    def __init__(self, world: World, people: Columns) -> None:
        self.world, self.people, self.phrases = world, Persons(world, people), Phrases(world, people)

    def patient(self, person: int, local: str, space: str) -> Json:
        p = self.people
        identifiers = [{"use": "usual", "type": _concept(f"{TERMS}v2-0203", "PI", "患者号"), "system": f"{SYSTEM}{space}", "value": local}]
        if p.text("idcard", person):
            identifiers.append({"use": "official", "type": _concept(f"{TERMS}v2-0203", "NI", "居民身份证"), "system": f"{SYSTEM}MOI", "value": p.text("idcard", person)})
        made: Json = {
            "resourceType": "Patient", "id": f"{space.replace('_', '-')}-{local}", "identifier": identifiers, "name": [{"use": "official", "text": p.text("name", person)}],
            "gender": "female" if p.female(person) else "male", "birthDate": p.born(person),
        }  # fmt: skip
        if p.text("phone", person):
            made["telecom"] = [{"system": "phone", "value": p.text("phone", person), "use": "mobile"}]
        if p.text("address", person):
            made["address"] = [{"use": "home", "text": p.text("address", person)}]
        return made

    def encounter(self, space: str, number: str, kind: str, patient: Json, department: int, period: dict[str, str], status: str) -> Json:
        name = self.phrases.name_of(department)
        return {
            "resourceType": "Encounter", "id": f"{space.replace('_', '-')}-{number}", "identifier": [{"system": f"{SYSTEM}{space}:visit", "value": number}], "status": status,
            "class": {"system": f"{TERMS}v3-ActCode", "code": kind, "display": ACT[kind]}, "subject": {"reference": f"Patient/{patient['id']}"},
            "serviceProvider": {"display": name}, "period": period,
        }  # fmt: skip

    def doctor(self, staff: int, store: str) -> list[Json]:
        number, _, name = self.phrases.doctor(staff, store).partition("^")
        return [{"individual": {"identifier": {"system": f"{SYSTEM}{store.upper()}:staff", "value": number}, "display": name}}] if number else []

    def condition(self, encounter: Json, code: str, name: str) -> Json:
        return {
            "resourceType": "Condition", "id": str(encounter["id"]), "clinicalStatus": _concept(f"{TERMS}condition-clinical", "active", "现存"),
            "category": [_concept(f"{TERMS}condition-category", "encounter-diagnosis", "就诊诊断")], "code": _concept("http://hl7.org/fhir/sid/icd-10", code, name),
            "subject": encounter["subject"], "encounter": {"reference": f"Encounter/{encounter['id']}"},
        }  # fmt: skip

    def registrations(self) -> Iterator[Paper]:
        """A registration that was not given back, with the diagnosis where the visit is over."""
        v, s = self.world.events["visit"], self.phrases.structure
        for at in recent(self.world, np.where(v["came"] & ~v["refunded"], v["register"], -1)).tolist():
            begin, finish, person = int(v["register"][at]), int(v["finish"][at]), int(v["person"][at])
            over = bool(v["seen"][at]) and finish <= self.world.until
            card, number, kind = str(v["card"][at]), str(v["number"][at]), "EMER" if v["urgent"][at] else "AMB"
            patient = self.patient(person, card, "HIS_MZ")
            encounter = self.encounter("HIS_MZ", number, kind, patient, int(v["department"][at]), {"start": moment(begin)} | ({"end": moment(finish)} if over else {}), "finished" if over else "in-progress")
            if doctor := self.doctor(int(v["doctor"][at]), "his_mz"):
                encounter["participant"] = doctor
            said = {"patient": card, "class": ACT[kind], "department": self.phrases.name_of(int(v["department"][at])), "doctor": self.phrases.staff_id(int(v["doctor"][at])), "registered_at": iso(begin)}
            resources = [patient, encounter]
            if over:
                d = s.diagnoses[int(v["diagnosis"][at])]
                resources.append(self.condition(encounter, d.icd, d.name))
                said |= {"diagnosis": d.icd, "ended_at": iso(finish)}
            sent = finish if over else begin
            yield Paper(sent, "FHIR^Encounter", card, number, "MZ_GHZD", number, lambda r=resources, t=sent: _bundle(t, *r), (("MZ_GHZD", number, said),))  # type: ignore[misc]

    def stays(self) -> Iterator[Paper]:
        """A stay when it begins and once more when it ends 入院与出院."""
        stay, story = self.world.events["stay"], pathways()
        for moments, left in ((stay["begin"], False), (np.where(stay["ended"], stay["end"], -1), True)):
            for at in recent(self.world, moments).tolist():
                brid, number, p = str(stay["brid"][at]), str(stay["number"][at]), story[int(stay["story"][at])]
                begin, end, leave = int(stay["begin"][at]), int(stay["end"][at]), int(stay["leave"][at])
                piece = int(stay["current"][at]) if left else int(stay["first"][at])
                segment = self.world.events["segment"]
                department, ward = int(segment["department"][piece]), self.phrases.structure.wards[int(segment["ward"][piece])]
                patient = self.patient(int(stay["person"][at]), brid, "HIS_ZY")
                encounter = self.encounter("HIS_ZY", number, "IMP", patient, department, {"start": moment(begin)} | ({"end": moment(end)} if left else {}), "finished" if left else "in-progress")
                encounter["location"] = [{"location": {"display": f"{ward.name}{int(segment['number'][piece]):02d}床"}}]
                encounter["participant"] = self.doctor(int(stay["doctor"][at]), "his_zy")
                said = {"patient": brid, "class": "住院", "department": self.phrases.name_of(department), "ward": ward.name, "doctor": self.phrases.staff_id(int(stay["doctor"][at])), "admitted_at": iso(begin), "diagnosis": p.icd}
                if left:
                    encounter["hospitalization"] = {"dischargeDisposition": _concept(f"{TERMS}discharge-disposition", *LEAVING[leave])}
                    said |= {"discharged_at": iso(end), "disposition": LEAVING[leave][1]}
                resources = [patient, encounter, self.condition(encounter, p.icd, p.name)]
                sent = end if left else begin
                yield Paper(sent, "FHIR^Encounter", brid, number, "ZY_BRRY", number, lambda r=resources, t=sent: _bundle(t, *r), (("ZY_BRRY", number, said),))  # type: ignore[misc]

    def reports(self) -> Iterator[Paper]:
        """A published report with its request and its results 检验报告."""
        sample, report, result = (self.world.events[k] for k in ("sample", "report", "result"))
        for i in recent(self.world, report["published"]).tolist():
            n = int(report["sample"][i])
            space = "HIS_ZY" if int(sample["kind"][n]) == 2 else "HIS_MZ"
            local, visit, key, sent = str(sample["patient"][n]), str(sample["visit"][n]), str(report["report"][i]), int(report["published"][i])
            rows = rows_of(result["sample"], n)
            values = [("lis_result", f"{key}|{result['code'][j]}", {"result": str(result["text"][j]), "unit": str(result["unit"][j]), "flag": str(result["flag"][j])}) for j in rows]
            values.append(("lis_report", key, {"patient": local, "visit": visit, "barcode": str(sample["barcode"][n]), "department": self.phrases.name_of(int(sample["department"][n])), "published_at": iso(sent)}))
            yield Paper(sent, "FHIR^DiagnosticReport", local, visit, "lis_report", key, lambda i=i, n=n, space=space, rows=rows: self._report(i, n, space, rows), tuple(values))  # type: ignore[misc]

    def _report(self, i: int, n: int, space: str, rows: range) -> bytes:
        sample, report, result, s = self.world.events["sample"], self.world.events["report"], self.world.events["result"], self.phrases.structure
        key, sent = str(report["report"][i]), int(report["published"][i])
        patient = self.patient(int(sample["person"][n]), str(sample["patient"][n]), space)
        status = "corrected" if report["second"][i] else "final"
        about: Json = {"subject": {"reference": f"Patient/{patient['id']}"}, "encounter": {"identifier": {"system": f"{SYSTEM}{space}:visit", "value": str(sample["visit"][n])}}}
        item, request = s.items[int(sample["item"][n])], f"{'Z' if space == 'HIS_ZY' else 'M'}{sample['request'][n]}"
        order: Json = {
            "resourceType": "ServiceRequest", "id": request, "identifier": [{"system": f"{SYSTEM}HIS:request", "value": request}], "status": "completed", "intent": "order",
            "code": _concept(f"{SYSTEM}item", item.code, item.name), **about, "authoredOn": moment(int(sample["ordered"][n])),
        }  # fmt: skip
        seen = [self._observation(f"{key}-{result['code'][j]}", j, about, status, sample, n, sent) for j in rows]
        whole: Json = {
            "resourceType": "DiagnosticReport", "id": key, "identifier": [{"system": f"{SYSTEM}LIS:report", "value": key}, {"system": f"{SYSTEM}LIS:barcode", "value": str(sample["barcode"][n])}],
            "basedOn": [{"reference": f"ServiceRequest/{request}"}], "status": status, "category": [_concept(f"{TERMS}v2-0074", "LAB", "检验")], "code": _concept(f"{SYSTEM}item", item.code, item.name),
            **about, "effectiveDateTime": moment(int(sample["collect"][n])), "issued": moment(sent), "performer": [{"display": "医学检验科"}],
            "result": [{"reference": f"Observation/{o['id']}"} for o in seen],
        }  # fmt: skip
        return _bundle(sent, patient, order, *seen, whole)

    def _observation(self, own: str, j: int, about: Json, status: str, sample: Columns, n: int, sent: int) -> Json:
        """As the laboratory has written it: a number is a quantity, `<0.01` a quantity with its comparator, anything else words."""
        result = self.world.events["result"]
        code, text, flag = str(result["code"][j]), str(result["text"][j]), str(result["flag"][j])
        made: Json = {
            "resourceType": "Observation", "id": own, "status": status, "category": [_concept(f"{TERMS}observation-category", "laboratory", "检验")],
            "code": _concept(f"{SYSTEM}LIS:item", code, str(result["name"][j])), **about, "effectiveDateTime": moment(int(sample["collect"][n])), "issued": moment(sent),
        }  # fmt: skip
        mark, digits = (text[0], text[1:]) if text[:1] in ("<", ">") else ("", text)
        if digits.isascii() and digits.replace(".", "", 1).isdigit():
            made["valueQuantity"] = {"value": float(digits), "unit": str(result["unit"][j])} | ({"comparator": mark} if mark else {})
        else:
            made["valueString"] = text
        made["interpretation"] = [_concept(f"{TERMS}v3-ObservationInterpretation", *{"↑": ("H", "偏高"), "↓": ("L", "偏低")}.get(flag, ("N", "正常")))]
        made["referenceRange"] = [{"text": str(result["reference"][j])}]
        return made
