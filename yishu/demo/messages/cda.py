"""cda 共享文档: the discharge record of every stay that ended in the last two days, as CDA R2 XML (出院记录, C0049)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from yishu.demo.messages.paper import Paper, Persons, having
from yishu.demo.messages.speech import Phrases, iso, recent, stamp
from yishu.demo.pathway import Pathway, pathways
from yishu.demo.world import DAY, Columns, World

OID = "2.16.156.10011"  # the national root of the shared documents 电子病历共享文档
SEX = {False: ("1", "男性"), True: ("2", "女性")}


def documents(world: World, people: Columns) -> Iterator[Paper]:
    """One document a discharge record written in the last two days; its id is the EMR's own number."""
    if not having(world, "discharge_record"):
        return
    record, stay, phrases, persons = world.events["discharge_record"], world.events["stay"], Phrases(world, people), Persons(world, people)
    story = pathways()
    for i in recent(world, record["made"]).tolist():
        at, made, key = int(record["stay"][i]), int(record["made"][i]), str(record["number"][i])
        p, brid, number = story[int(stay["story"][at])], str(stay["brid"][at]), str(stay["number"][at])
        said = {
            "patient": brid, "visit": number, "department": phrases.name_of(int(stay["department"][at])), "doctor": phrases.staff_id(int(stay["doctor"][at])), "diagnosis": p.icd,
            "written_at": iso(made), "admitted_at": iso(int(stay["begin"][at])), "discharged_at": iso(int(stay["end"][at])),
        }  # fmt: skip
        yield Paper(made, "CDA^C0049", brid, number, "EMR_DOC", key, lambda at=at, made=made, key=key: _document(stay, at, made, key, phrases, persons).encode(), (("EMR_DOC", key, said),))  # type: ignore[misc]


def _document(stay: Columns, at: int, made: int, key: str, phrases: Phrases, persons: Persons) -> str:
    p, person, s = pathways()[int(stay["story"][at])], int(stay["person"][at]), phrases.structure
    code, sex = SEX[persons.female(person)]
    doctor = s.staff[int(stay["doctor"][at])]
    ward, number = s.wards[int(stay["ward"][at])], str(stay["number"][at])
    card = persons.text("idcard", person)
    age = int((int(stay["begin"][at]) // DAY - int(persons.people["birth"][person])) / 365.2425)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
 <realmCode code="CN"/>
 <typeId root="2.16.840.1.113883.1.3" extension="POCD_MT000040"/>
 <templateId root="{OID}.2.1.1.69"/>
 <id root="{OID}.1.1" extension="{key}"/>
 <code code="C0049" codeSystem="{OID}.2.4" displayName="出院记录"/>
 <title>出院记录</title>
 <effectiveTime value="{stamp(made)}"/>
 <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
 <languageCode code="zh-CN"/>
 <recordTarget><patientRole>
  <id root="{OID}.1.12" extension="{number}"/>
  <id root="{OID}.1.2" extension="{stay["brid"][at]}"/>
  <patient>{f'<id root="{OID}.1.3" extension="{card}"/>' if card else ""}
   <name>{escape(persons.text("name", person))}</name>
   <administrativeGenderCode code="{code}" codeSystem="{OID}.2.3.3.4" displayName="{sex}"/>
   <birthTime value="{persons.born(person).replace("-", "")}"/>
  </patient>
 </patientRole></recordTarget>
 <author><time value="{stamp(made)}"/><assignedAuthor><id root="{OID}.1.7" extension="{doctor.hr}"/>
  <assignedPerson><name>{escape(doctor.name)}</name></assignedPerson></assignedAuthor></author>
 <custodian><assignedCustodian><representedCustodianOrganization><id root="{OID}.1.5" extension="JLYY"/>
  <name>医枢示范医院</name></representedCustodianOrganization></assignedCustodian></custodian>
 <componentOf><encompassingEncounter>
  <effectiveTime><low value="{stamp(int(stay["begin"][at]))}"/><high value="{stamp(int(stay["end"][at]))}"/></effectiveTime>
  <location><healthCareFacility><serviceProviderOrganization>
   <name>{ward.name}</name>
   <asOrganizationPartOf><wholeOrganization><id root="{OID}.1.26" extension="{s.departments[int(stay["department"][at])].hqms()}"/>
    <name>{s.departments[int(stay["department"][at])].name}</name></wholeOrganization></asOrganizationPartOf>
  </serviceProviderOrganization></healthCareFacility></location>
 </encompassingEncounter></componentOf>
 <component><structuredBody>
{_sections(p, age, sex[0], stay, at, phrases)}
 </structuredBody></component>
</ClinicalDocument>
"""


def _sections(p: Pathway, age: int, sex: str, stay: Columns, at: int, phrases: Phrases) -> str:
    """Admission, diagnosis, course and instructions 入院情况、诊断、经过、医嘱."""
    days = max(int(stay["end"][at]) // DAY - int(stay["begin"][at]) // DAY, 1)
    drugs = "、".join(phrases.structure.drugs[d].name for d, _ in p.drugs) or "无"
    died = bool(stay["dead"][at])
    course = f"住院{days}天。{p.story}。" + ("经抢救无效死亡。" if died else "病情好转。")
    parts = (
        _section("42347-5", "入院诊断", f"{sex}，{age}岁。{p.name}", _observation(p)),
        _section("8648-8", "住院过程", course, ""),
        _section("11535-2", "出院诊断", p.name, _observation(p)),
        _section("46209-3", "医嘱", "无" if died else f"出院带药：{drugs}。门诊随诊。", ""),
    )
    return "\n".join(parts)


def _section(code: str, title: str, text: str, entry: str) -> str:
    return (
        f'  <component><section><code code="{code}" codeSystem="2.16.840.1.113883.6.1" displayName={quoteattr(title)}/>'
        f"<title>{title}</title><text>{escape(text)}</text>{entry}</section></component>"
    )


def _observation(p: Pathway) -> str:
    return (
        '<entry><observation classCode="OBS" moodCode="EVN"><code code="DE05.01.024.00" codeSystem="2.16.156.10011.2.2.1" displayName="诊断编码"/>'
        f'<value xsi:type="CD" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" code="{p.icd}" codeSystem="{OID}.2.3.3.11" displayName={quoteattr(p.name)}/></observation></entry>'
    )
