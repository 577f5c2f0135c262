"""his_siu 预约: booked, cancelled, not come, come."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yishu.demo.messages.speech import Phrases, Speech, iso, recent, segment, stamp
from yishu.demo.world import Columns, World

CHANNEL = "his_siu"
STATES = {"S12": ("Booked", "已预约"), "S15": ("Cancelled", "已取消"), "S26": ("Noshow", "爽约"), "S14": ("Complete", "已就诊")}


def bookings(world: World, people: Columns) -> Iterator[Speech]:
    """S12 a new booking, S15 a cancelled one, S26 a no-show when the session is over, S14 when he has come."""
    phrases = Phrases(world, people)
    booking, visit, clinic = world.events["appointment"], world.events["visit"], world.events["clinic"]
    at = booking["visit"]
    over = np.where(booking["state"] == 3, clinic["end"][visit["session"][at]] + 600, -1)
    came = np.where((booking["state"] == 2) & visit["came"][at], visit["register"][at], -1)
    for trigger, moments in (("S12", booking["booked_at"]), ("S15", booking["cancelled_at"]), ("S26", over), ("S14", came)):
        for i in recent(world, moments).tolist():
            yield _booking(world, phrases, i, trigger, int(moments[i]))


def _booking(world: World, phrases: Phrases, i: int, trigger: str, moment: int) -> Speech:
    booking, visit = world.events["appointment"], world.events["visit"]
    at = int(booking["visit"][i])
    department, campus, doctor = int(visit["department"][at]), int(visit["campus"][at]), int(visit["doctor"][at])
    number, card, slot = str(booking["number"][i]), str(visit["card"][at]), int(booking["slot"][i])
    code = phrases.department(department, campus, "his_mz")
    channel = phrases.structure.raw["channels"][int(visit["channel"][at])]
    word, state = STATES[trigger]
    segments = (
        segment("SCH", f1=f"{number}^HIS_MZ", f2=f"{number}^HIS_MZ", f6=f"{trigger}^{state}", f7="ROUTINE", f11=f"^^10^{stamp(slot)}^{stamp(slot + 600)}", f16=phrases.doctor(doctor, "his_mz"), f25=word),
        phrases.pid(int(visit["person"][at]), card, "HIS_MZ"),
        segment("RGS", f1="1", f2="U" if trigger == "S14" else ("D" if trigger == "S15" else "A")),
        segment("AIS", f1="1", f3=f"{code}^{phrases.name_of(department)}^HIS_MZ", f4=stamp(slot), f7="10", f8="min"),
        segment("AIP", f1="1", f3=phrases.doctor(doctor, "his_mz"), f6=stamp(slot)),
        segment("AIL", f1="1", f3=f"{code}^^^{phrases.structure.campuses[campus].code}"),
        segment("ZYY", f1=str(channel["mz"]), f2=channel["name"], f3=stamp(int(booking["booked_at"][i])), f4=str(int(visit["session"][at]) + 1), f5="2" if visit["again"][at] else "1"),
    )  # fmt: skip
    said = {
        "patient": card, "department": phrases.name_of(department), "doctor": phrases.staff_id(doctor), "slot_at": iso(slot), "status": state,
        "channel": channel["name"], "booked_at": iso(int(booking["booked_at"][i])),
    }  # fmt: skip
    return Speech(moment, CHANNEL, f"SIU^{trigger}", segments, card, str(visit["number"][at]) if visit["came"][at] and trigger == "S14" else "", "YY_YYXX", number, ((number, said),))
