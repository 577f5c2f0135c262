"""Citizen number 公民身份号码 (GB 11643-1999): the one place that knows its rules, for Python and for SQL alike.

Province, a real date of birth, check character by ISO 7064 MOD 11-2.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import lru_cache
from operator import mul

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
PROVINCES = frozenset(
    ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91"]
)
"""Administrative divisions (GB/T 2260); 83 and 91 are the residence permits of people from Taiwan and from abroad."""


def check_character(first17: str) -> str:
    """The check character 校验码 of 17 digits (§4.2.3: Σ aᵢWᵢ mod 11)."""
    if len(first17) != len(WEIGHTS):
        raise ValueError(first17)
    return CHECKS[sum(map(mul, map(int, first17), WEIGHTS)) % 11]


@lru_cache(maxsize=4_096)
def citizen_number(text: str) -> tuple[str, bool]:
    """The number in 18 places, and whether it was 15 places before; ('', False) where invalid.

    15 places: `19` goes after place 6, the check character to the end. An apostrophe that Excel left is ignored.
    """
    said = text if text.isascii() else unicodedata.normalize("NFKC", text)
    said = said.strip().strip("'").upper()
    digits = said.isascii() and said[:-1].isdigit()
    converted = len(said) == 15 and digits and said[-1].isdigit()
    if converted:
        said = said[:6] + "19" + said[6:]
        said += check_character(said)
    if len(said) != 18 or not digits or said[:2] not in PROVINCES or said[17] != check_character(said[:17]):
        return "", False
    try:
        born = date(int(said[6:10]), int(said[10:12]), int(said[12:14]))
    except ValueError:
        return "", False
    return (said, converted) if born.year >= 1800 else ("", False)


def sql_macro() -> str:
    """`id_card_valid(t)` for DuckDB, made from the same figures; NULL where nothing is given, 18 places only."""
    total = " + ".join(f"{weight} * (v // {10 ** (16 - place)} % 10)" for place, weight in enumerate(WEIGHTS))
    provinces = "|".join(sorted(PROVINCES))
    return (
        "CREATE OR REPLACE MACRO id_card_valid(t) AS list_transform([clean(t)], lambda s: CASE WHEN s IS NULL THEN NULL "
        rf"WHEN NOT regexp_full_match(s, '({provinces})\d{{4}}(18|19|20)\d{{9}}[\dXx]') THEN false "
        "WHEN TRY_CAST(s[7:10] || '-' || s[11:12] || '-' || s[13:14] AS DATE) IS NULL THEN false "
        f"ELSE list_transform([TRY_CAST(s[1:17] AS BIGINT)], lambda v: '{CHECKS}'[1 + ({total}) % 11])[1] = upper(s[18]) END)[1]"
    )
