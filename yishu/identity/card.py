"""Id card 居民身份证号: a number that can stand for one person (GB 11643, `kernel.citizen`), no placeholder."""

from __future__ import annotations

from yishu.kernel.citizen import check_character, citizen_number

__all__ = ["check_character", "valid_card"]


def valid_card(text: str | None) -> str | None:
    """The 18-character number if it is valid and no placeholder 占位号, else None; 15 digits are completed."""
    card = citizen_number(text)[0] if text else ""
    if not card:
        return None
    placeholder = card[6:14] == "19000101" or card[14:17] == "000" or len(set(card[:6])) == 1
    return None if placeholder else card
