"""Who is one person 第一版主索引: id card, else card or phone with the whole person; masks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishu.identity import mask_value, valid_card
from yishu.identity.card import check_character


@given(st.integers(0, 999), st.dates(min_value=__import__("datetime").date(1901, 1, 1), max_value=__import__("datetime").date(2025, 1, 1)))
def test_one_changed_digit_makes_a_card_invalid(serial: int, born: object) -> None:
    first = f"110105{str(born).replace('-', '')}{serial:03d}"
    card = first + check_character(first)
    if serial:
        assert valid_card(card) == card and valid_card(card.lower()) == card
    wrong = card[:5] + str((int(card[5]) + 1) % 10) + card[6:]
    assert valid_card(wrong) is None


@pytest.mark.parametrize("card", ["", None, "-", "11010519000101001X", "111111111111111111", "000000000000000000", "1101051990030788", "11010519900230881X"])
def test_placeholders_are_no_cards(card: str | None) -> None:
    assert valid_card(card) is None


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("name", "张三丰", "张*"),
        ("id_card", "440106198001011234", "4401**********1234"),
        ("phone", "13812345678", "138****5678"),
        ("address", "广州市天河区体育西路1号", "广州市****"),
        (None, "急诊科", "急诊科"),
        (None, "患者张三，电话13812345678，诉腹痛三天。", "（文本已隐藏）"),
        (None, "联系13812345678", "联系138****5678"),
        (None, None, None),
    ],
)
def test_masks(kind: str | None, value: str | None, shown: str | None) -> None:
    assert mask_value(kind, value) == shown
