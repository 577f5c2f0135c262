"""Id card 居民身份证号: GB 11643-1999, check digit by ISO 7064 MOD 11-2."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"]
)


def check_digit(first: str) -> str:
    """The 18th character for the first 17 digits (GB 11643 §4.2.3)."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11]


def valid_card(text: str | None) -> str | None:
    """The 18-character number if it is valid and no placeholder 占位号, else None; 15 digits are completed."""
    if not text:
        return None
    card = text.strip().upper()
    if len(card) == 15 and card.isascii() and card.isdigit():
        card = card[:6] + "19" + card[6:]
        card += check_digit(card)
    if len(card) != 18 or not card.isascii() or not card[:17].isdigit() or card[:2] not in _PROVINCES:
        return None
    if check_digit(card[:17]) != card[17]:
        return None
    try:
        born = date(int(card[6:10]), int(card[10:12]), int(card[12:14]))
    except ValueError:
        return None
    placeholder = born == date(1900, 1, 1) or card[14:17] == "000" or len(set(card[:6])) == 1
    return None if placeholder else card
