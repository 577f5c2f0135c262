"""Bad input of the index 坏输入: a phone of thousands, merges that contradict or go in a circle, a map naming a missing column."""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path

import pytest

from bench.link import main as link_folder
from yishu.identity import Index, Registration, keep_apart, ledger, merge, queue
from yishu.identity.column import Column
from yishu.identity.match import Bands, match
from yishu.identity.normalise import Kind
from yishu.kernel.errors import InputError
from yishu.kernel.store import open_store

AT = datetime(2026, 6, 1, 8)
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "伟芳娜敏静丽强磊军洋勇艳杰涛明超"


def strangers(count: int, seed: int = 3) -> list[tuple[str, date]]:
    draw = random.Random(seed)
    return [("".join(draw.choice(GIVEN if at else SURNAMES) for at in range(3)), date(1930 + draw.randrange(90), 1 + draw.randrange(12), 1 + draw.randrange(28))) for _ in range(count)]


def test_five_thousand_strangers_with_one_phone_stay_strangers() -> None:
    people = strangers(5_000)
    columns = {
        "name": Column.of(Kind.FULL_NAME, [name for name, _ in people]), "birth": Column.of(Kind.BIRTH, [born.isoformat() for _, born in people]),
        "phone": Column.of(Kind.PHONE, ["05510000000"] * len(people)),
    }  # fmt: skip
    found = match(columns, bands=Bands.of("zh"))
    assert found is None or not [members for members in found.people if len({people[m] for m in members}) > 1]


def test_at_the_window_a_phone_of_hundreds_joins_nobody(tmp_path: Path) -> None:
    index = Index(open_store(tmp_path), tmp_path)
    made = [index.register(Registration("his", str(n), name, "男", born, None, "05510000000"), AT) for n, (name, born) in enumerate(strangers(300))]
    index.close()
    assert len({r.person_id for r in made}) == 300 and queue(index.engine)[1] == 0


def test_contradictory_and_circular_merges_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    index = Index(open_store(tmp_path), tmp_path)
    for n, (name, born) in enumerate(strangers(3)):
        index.register(Registration("his", str(n), name, "男", born), AT)
    index.close()
    engine = index.engine
    keep_apart(engine, 1, 3, by="it", reason="本人核对，两个人", at=AT)
    merge(engine, 1, 2, by="it", reason="同一人", at=AT)
    before = ledger.state(engine)
    for into, gone, code in ((2, 1, "identity.gone"), (1, 2, "identity.gone"), (1, 3, "identity.apart"), (3, 1, "identity.apart"), (3, 2, "identity.gone"), (1, 1, "identity.same_person")):
        with pytest.raises(InputError) as refused:
            merge(engine, into, gone, by="it", reason="再并一次", at=AT)
        assert (refused.value.code, bool(refused.value.hint)) == (code, True), (into, gone)
    assert ledger.state(engine) == before
    assert {p for person in (1, 3) for p in ledger.members(engine.connect(), person)} == {1, 2, 3}


def test_a_folder_of_sets_says_of_each_why_it_was_left(tmp_path: Path) -> None:
    (tmp_path / "strange.csv").write_text("姓名,出生\n张三,1985-03-01\n", "utf-8")
    (tmp_path / "twice.csv").write_text("rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state,date_of_birth,soc_sec_id\n" + "rec-1-org,a,b,1,c,d,e,2000,nsw,19700101,1\n" * 2, "utf-8")
    said = {each["name"]: each["reason"] for each in link_folder(tmp_path)["unsupported"]}
    assert "febrl.yaml" in said["strange"] and "given_name" in said["strange"]
    assert "rec-1-org" in said["twice"]
