"""One pair in plain Python is judged as the vectorised judge judges it, and never left where it could matter."""

from __future__ import annotations

import random

import pytest

from yishu.identity import rules
from yishu.identity.feature import NAMES, Features, features
from yishu.identity.score import Subject, Tables, log2_odds, score
from yishu.identity.weights import REVIEW, explained, shipped, weigh_few

COUNT = 300_000
PADDING: Features = ("测量员", "男", "19010203", "", "", "", "")
"""Somebody Chinese in every group, so that the vectorised judge knows what names are here."""
PEOPLE = (
    ("张伟", "男", "1985-03-01", "340103198503010013", "13912345678", "A0012345", "合肥市蜀山区锦绣路8号3栋101室"),
    ("章伟", "男", "1985-03-01", "340103198503010013", "13912345678", "", "合肥市蜀山区锦绣路8号3栋102室"),
    ("欧阳娜娜", "女", "1990-12-31", "", "13700000001", "A0012345", "滨湖区南京路1号"),
    ("欧阳娜", "女", "1990-12-13", "34010319901231002X", "13700000001", "", "滨湖新区南京路1号"),
    ("张伟之子", "男", "2026-05-30", "", "13912345678", "", "合肥市蜀山区锦绣路8号3栋101室"),
    ("张伟之女", "女", "2026-05-30", "", "13912345678", "", "合肥市蜀山区锦绣路8号3栋101室"),
    ("张伟之长子", "男", "2026-05-30", "", "", "", ""),
    ("无名氏", "男", "1985-03-01", "", "", "", ""),
    ("John Smith", "男", "1970-01-01", "E12345678", "13800000000", "", "上海市南京路1号"),
    ("Jon Smith", "男", "1970-01-01", "G98765432", "13800000000", "", "上海市南京路2号"),
    ("Smith John", "女", "1971-01-01", "", "", "B7", ""),
    ("?伟", "男", "1985-03-01", "", "13912345679", "", "锦绣路8号"),
    ("古丽米热阿不都热合曼", "女", "1999-09-09", "", "13912345670", "", ""),
    ("", "女", "", "", "", "A0012345", ""),
)


def share(name: str, form: str) -> float:
    """Common and rare values, by a rule anyone can follow."""
    return {"gender": 0.5, "birth": 5e-5}.get(name, 10 ** -(2 + sum(map(ord, form)) % 5))


def some(draw: random.Random) -> Features:
    """A person, with some fields from another one and some slips of the pen."""
    said = [draw.choice(PEOPLE)[at] if draw.random() < 0.25 else value for at, value in enumerate(draw.choice(PEOPLE))]
    for at in range(7):
        if draw.random() < 0.12:
            said[at] = ""
        elif said[at] and at not in (1, 2) and draw.random() < 0.15:
            place = draw.randrange(len(said[at]))
            said[at] = said[at][:place] + draw.choice(("", "1", said[at][place] * 2)) + said[at][place + 1 :]
    return features(dict(zip(NAMES, said, strict=True)))


@pytest.mark.parametrize("seed", range(8))
def test_the_same_answer_as_the_vectorised_judge(seed: int) -> None:
    draw = random.Random(seed)
    tables = Tables.of(shipped().at(COUNT))
    for _ in range(60):
        mine, other = some(draw), some(draw)
        found = score(Subject.of(mine, share, tables), other, tables)
        slow = weigh_few(mine, [other, PADDING], COUNT, share)
        assert found is not None
        assert found.levels == tuple(int(slow.levels[n][0]) for n in NAMES), (mine, other)
        assert found.parts == pytest.approx([float(slow.parts[n][0]) for n in NAMES], abs=1e-9), (mine, other)
        assert found.chance == pytest.approx(float(slow.chance[0]), abs=1e-9), (mine, other)
        assert (found.limit == rules.NOTHING) == bool(slow.same[0]), (mine, other)
        assert found.explained(shipped().version) == explained(slow, 0)


def test_a_pair_is_left_only_where_no_one_would_look_at_it() -> None:
    draw = random.Random(5)
    tables = Tables.of(shipped().at(COUNT))
    least = log2_odds(REVIEW)
    left = kept = 0
    for _ in range(3_000):
        mine, other = some(draw), some(draw)
        one = Subject.of(mine, share, tables)
        whole = score(one, other, tables)
        quick = score(one, other, tables, least)
        assert whole is not None
        if quick is None:
            left += 1
            assert whole.weight + tables.prior < least
        else:
            kept += 1
            assert quick == whole
    assert left > 500 and kept > 100
