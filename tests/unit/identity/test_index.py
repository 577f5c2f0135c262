"""The living index 在线主索引: register, merge, split, undo, keep apart; and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bench import proof_person_events, proof_two_windows
from yishu.identity import Index, Registration, keep_apart, ledger, merge, queue, rename, show, split, undo, unmerge
from yishu.identity.errors import NoReason
from yishu.identity.person import golden
from yishu.identity.settle import assigned
from yishu.kernel.citizen import check_character
from yishu.kernel.errors import InputError
from yishu.kernel.store import open_store

AT = datetime(2026, 6, 1, 8)
FIRST = "34010319850301001"
CARD = FIRST + check_character(FIRST)
OTHER = "34010319850301003" + check_character("34010319850301003")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_store(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def index(engine: Engine, tmp_path: Path) -> Iterator[Index]:
    index = Index(engine, tmp_path)
    yield index
    index.close()


def someone(local: str, name: str = "张家豪", *, source: str = "his", gender: str = "男", born: date | None = date(1985, 3, 1), card: str | None = CARD, phone: str | None = "13912345678", visiting: str | None = None) -> Registration:
    return Registration(source, local, name, gender, born, card, phone, visiting, "滨湖区锦绣路8号3栋101室")


def test_the_same_person_at_another_window(index: Index) -> None:
    first = index.register(someone("1"), AT)
    again = index.register(someone("Z9", "張家豪", source="lis", card=None), AT)
    assert (first.outcome, again.outcome) == ("new", "same")
    assert again.person_id == first.person_id and again.patient_key != first.patient_key
    assert index.register(someone("1"), AT).outcome == "known"


def test_two_valid_ids_and_newborns_never_merge_by_themselves(index: Index) -> None:
    index.register(someone("1"), AT)
    twin = index.register(someone("2", card=OTHER), AT)
    baby = index.register(someone("3", "张家豪之子", born=date(2026, 5, 30), card=None), AT)
    nobody = index.register(someone("4", "无名氏", born=None, card=None, phone=None), AT)
    other = index.register(someone("5", "无名氏", born=None, card=None, phone=None), AT)
    assert {r.outcome for r in (twin, baby, nobody, other)} == {"new"}


def test_rows_without_any_identifier_are_kept_and_match_nobody(index: Index) -> None:
    made = [index.register(Registration("his", str(n)), AT) for n in range(5)]
    assert [r.outcome for r in made] == ["new"] * 5
    with pytest.raises(InputError) as refused:
        index.register(Registration("his", ""), AT)
    assert refused.value.code == "identity.no_local_id"


def test_a_phone_that_many_share_joins_nobody(index: Index) -> None:
    made = [index.register(Registration("his", str(n), f"{a}{b}", "男", date(1950 + n % 60, 1 + n % 12, 1 + n % 28), None, "05510000000"), AT) for n, (a, b) in enumerate((a, b) for a in "赵钱孙李周吴郑王冯陈" for b in "伟芳娜敏静丽强磊军洋")]
    assert {r.outcome for r in made} == {"new"}


def test_a_card_shown_by_another_becomes_a_task(index: Index, engine: Engine) -> None:
    index.register(someone("1", visiting="A0012345"), AT)
    index.register(someone("2", "李秀英", gender="女", born=date(1950, 2, 2), card=None, phone="13700000000", visiting="A0012345"), AT)
    tasks, total = queue(engine)
    assert total == 1 and tasks[0].kind == "card_misuse"
    assert tasks[0].why["against"] == ["gender", "age"]


def test_every_link_is_explained_field_by_field(index: Index, engine: Engine) -> None:
    index.register(someone("1"), AT)
    index.register(someone("2", "张家宝", card=None), AT)    # a twin, or a slip: a person decides
    (task,), _ = queue(engine)
    fields = {f["field"]: f["said"] for f in task.why["fields"]}  # type: ignore[attr-defined]
    assert fields == {"name": "相近或差一字", "gender": "相同", "birth": "相同", "phone": "相同", "address": "相同"}
    assert [r["rule"] for r in task.why["rules"]] == ["twins"]  # type: ignore[attr-defined]
    assert "张" not in str(task.why) and "139" not in str(task.why)


def test_merge_unmerge_and_split_come_back(index: Index, engine: Engine) -> None:
    one, two = (index.register(someone(n, card=c), AT).person_id for n, c in (("1", CARD), ("2", OTHER)))
    before = ledger.state(engine)
    seq = merge(engine, one, two, by="it", reason="本人核对", at=AT)
    assert len(show(engine, index.home, one).patients) == 2
    with pytest.raises(InputError, match="已并入"):
        merge(engine, two, one, by="it", reason="反向再并", at=AT)
    divided = split(engine, one, [two], by="it", reason="并错了", at=AT)
    with pytest.raises(InputError) as refused:
        undo(engine, seq, by="it", reason="撤销合并", at=AT)
    assert refused.value.code == "identity.later_event"
    undo(engine, divided, by="it", reason="撤销拆分", at=AT)
    unmerge(engine, one, two, by="it", reason="不是一人", at=AT + timedelta(seconds=5))
    assert ledger.state(engine) == before
    assert ledger.verify(engine)[1] is None


def test_a_corrected_name_comes_back_byte_for_byte(index: Index, engine: Engine) -> None:
    patient = index.register(someone("1"), AT).patient_key
    before = ledger.state(engine)
    seq = rename(engine, index, patient, someone("1", "张嘉豪"), by="it", reason="写错了", at=AT)
    assert ledger.state(engine) != before
    undo(engine, seq, by="it", reason="没写错", at=AT)
    assert ledger.state(engine) == before


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (lambda e: merge(e, 1, 1, by="it", reason="试试", at=AT), "identity.same_person"),
        (lambda e: merge(e, 1, 99, by="it", reason="试试", at=AT), "identity.unknown_person"),
        (lambda e: split(e, 1, [1], by="it", reason="试试", at=AT), "identity.split_all"),
        (lambda e: split(e, 1, [2], by="it", reason="试试", at=AT), "identity.not_member"),
        (lambda e: unmerge(e, 1, 2, by="it", reason="试试", at=AT), "identity.not_merged"),
        (lambda e: undo(e, 1, by="it", reason="试试", at=AT), "identity.no_event"),
        (lambda e: keep_apart(e, 1, 1, by="it", reason="试试", at=AT), "identity.unknown_patient"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(index: Index, engine: Engine, what: object, code: str) -> None:
    index.register(someone("1"), AT)
    index.register(someone("2", card=OTHER), AT)
    before = ledger.state(engine)
    with pytest.raises(InputError) as refused:
        what(engine)  # type: ignore[operator]
    assert refused.value.code == code and refused.value.hint
    assert ledger.state(engine) == before


def test_without_a_reason_nothing_is_merged(index: Index, engine: Engine) -> None:
    with pytest.raises(NoReason):
        merge(engine, 1, 2, by="it", reason=" ", at=AT)


def test_people_kept_apart_stay_apart(index: Index, engine: Engine) -> None:
    index.register(someone("1"), AT)
    index.register(someone("2", card=OTHER), AT)
    seq = keep_apart(engine, 1, 2, by="it", reason="双胞胎", at=AT)
    with pytest.raises(InputError) as refused:
        merge(engine, 1, 2, by="it", reason="再并", at=AT)
    assert refused.value.code == "identity.apart"
    undo(engine, seq, by="it", reason="误判", at=AT)
    merge(engine, 1, 2, by="it", reason="再并", at=AT)


def test_a_changed_event_breaks_the_chain(index: Index, engine: Engine) -> None:
    index.register(someone("1"), AT)
    index.register(someone("2", card=OTHER), AT)
    assert ledger.verify(engine) == (2, None)
    with engine.begin() as connection:
        connection.execute(text("UPDATE identity_event SET person_id = 7 WHERE seq = 1"))
    assert ledger.verify(engine)[1] == 1


def test_new_patients_join_and_known_ones_stay() -> None:
    assert assigned([5, 6, 7], [[1, 5], [6, 7]], {1: 1, 2: 2}, set()) == {5: 1, 6: 6, 7: 6}
    assert assigned([5], [[1, 2, 5]], {1: 1, 2: 2}, set()) == {5: 1}
    assert assigned([5], [[1, 5]], {1: 1}, {(1, 5)}) == {5: 5}


def test_the_golden_record_says_where_each_value_is_from() -> None:
    said = {1: {"name": "张三", "id_card": "x1234567"}, 2: {"name": "张三", "id_card": CARD}, 3: {"name": "张?", "phone": "13912345678"}}
    chosen = {g.field: (g.shown, g.patient, g.why) for g in golden(said, {1: "his", 2: "lis", 3: "his"})}
    assert chosen == {"name": ("张*", 2, "2 条记录一致"), "id_card": ("3401**********" + CARD[-4:], 2, "证件校验有效"), "phone": ("139****5678", 3, "最近登记")}
    assert {g.field: g.patient for g in golden(said, {1: "his", 2: "lis", 3: "his"}, ("his",))}["name"] == 1


def test_a_small_part_of_the_proofs() -> None:
    assert proof_person_events.run(1, 60, most=20).failures == 0
    assert proof_two_windows.run(1, 60, most=20).failures == 0
