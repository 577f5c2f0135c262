"""Normalise 规范化: what a field says, free of how it was typed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from enum import Enum
from functools import lru_cache

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w\u3400-\u9fff]+")
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("·•・‧∙.．", ""))
_DATE_FORMS = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%Y.%m.%d")
GB11643_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
GB11643_CHECKS = "10X98765432"


class Kind(Enum):
    """What a field of a person record is 字段类别 (design §5.5 `MAP.yaml`)."""

    GIVEN = "given"
    SURNAME = "surname"
    FULL_NAME = "full_name"
    BIRTH = "birth"
    SEX = "sex"
    PHONE = "phone"
    ID = "id"
    ADDRESS = "address"
    POSTCODE = "postcode"
    CITY = "city"
    EMAIL = "email"
    OTHER = "other"


def plain(text: str) -> str:
    """NFKC, lower case, single spaces; '' for blank 全角转半角、去空白."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().lower()


def name(text: str) -> str:
    """A name 姓名 without spaces between Han characters, middle dots or titles' punctuation."""
    said = plain(text).translate(_MIDDLE_DOTS)
    if any("\u3400" <= c <= "\u9fff" for c in said):
        return said.replace(" ", "")
    return _NOT_WORD.sub(" ", said).strip()


def digits(text: str) -> str:
    """Only the digits 数字."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit())


def phone(text: str) -> str:
    """A phone number 电话 without country code and separators."""
    said = digits(text)
    for lead in ("0086", "86"):
        if said.startswith(lead) and len(said) - len(lead) == 11:
            return said[len(lead) :]
    return said


@lru_cache(maxsize=200_000)
def birth(text: str, form: str = "") -> str:
    """A date 出生日期 as yyyymmdd; what cannot be read stays as its digits, so that it can still be compared."""
    said = plain(text).replace("年", "-").replace("月", "-").replace("日", "")
    for each in (form, *_DATE_FORMS) if form else _DATE_FORMS:
        try:
            parsed = date(*_parsed(said, each))
        except ValueError:
            continue
        return parsed.strftime("%Y%m%d")
    return digits(said)


def _parsed(text: str, form: str) -> tuple[int, int, int]:
    moment = datetime.strptime(text, form)
    return moment.year, moment.month, moment.day


def citizen_number(text: str) -> tuple[str, bool]:
    """A citizen number 公民身份号码 (GB 11643) in 18 places, and whether it was 15 places before; ('', False) where invalid.

    15 places: `19` goes after place 6, the check character to the end. The check character of 18 places is verified, and
    the birth date must exist.
    """
    said = unicodedata.normalize("NFKC", text).strip().strip("'").upper()
    converted = len(said) == 15 and said.isdigit()
    if converted:
        said = said[:6] + "19" + said[6:]
        said += check_character(said)
    if not re.fullmatch(r"\d{17}[\dX]", said) or said[17] != check_character(said[:17]):
        return "", False
    try:
        date(int(said[6:10]), int(said[10:12]), int(said[12:14]))
    except ValueError:
        return "", False
    return said, converted


def check_character(first17: str) -> str:
    """The check character 校验码 of 17 digits (GB 11643-1999: Σ aᵢWᵢ mod 11)."""
    return GB11643_CHECKS[sum(int(d) * w for d, w in zip(first17, GB11643_WEIGHTS, strict=True)) % 11]


def field(kind: Kind, text: str | None, form: str = "") -> str:
    """The normal form of one field of a kind; '' for absent."""
    if text is None:
        return ""
    said = text.strip()
    if not said or said in {"-", "--", "/", "null", "NULL", "nan"}:
        return ""
    if kind in (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME):
        return name(said)
    if kind is Kind.BIRTH:
        return birth(said, form)
    if kind is Kind.PHONE:
        return phone(said)
    if kind is Kind.ID:
        known, _ = citizen_number(said)
        return known or _NOT_WORD.sub("", plain(said))
    if kind is Kind.ADDRESS:
        return _NOT_WORD.sub(" ", plain(said)).strip()
    return plain(said)
