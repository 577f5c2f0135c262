"""Normalise 规范化: what a field says, free of how it was typed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from enum import Enum
from functools import lru_cache

from yishu.identity.han import folded, is_han
from yishu.kernel.citizen import citizen_number

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w\u3400-\u9fff]+")
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("·•・‧∙.．", ""))
_DATE_FORMS = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%Y.%m.%d")
_ISO = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?: 00:00:00)?$")
_WILD = str.maketrans(dict.fromkeys("？\ufffd＊*□■", "?"))
_NO_NAME = ("无名氏", "无名", "不详", "未知", "无", "佚名", "测试")
_BABY = re.compile(r"^(?P<mother>.{2,40}?)之(?P<order>[长次三四大小一二双甲乙丙]?)(?P<what>子|女|婴|儿|宝|婴儿|毛毛)(?P<after>[0-9一二三四甲乙丙ABab]?)$")
_ORDERS = {"长": "1", "大": "1", "一": "1", "甲": "1", "a": "1", "次": "2", "小": "2", "二": "2", "乙": "2", "b": "2", "三": "3", "丙": "3", "四": "4"}
_GAPS = re.compile(r"[\s\-_/.'‐–—]+")
_PASSPORT = re.compile(r"^(?:passport|护照|hz)?[:： ]*([a-z]{1,2}\d{6,9})$")
_PLACES = str.maketrans({"號": "号", "巷": "巷", "弄": "弄", "棟": "栋", "幢": "栋", "座": "栋"})


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
    if any(is_han(c) for c in said):
        said = folded(said.translate(_WILD).replace(" ", ""))
        born = baby(said)
        said = f"{born[0]}之婴{born[1]}" if born else said
        return "" if said.strip("?") == "" else said
    return _NOT_WORD.sub(" ", said).strip()


def digits(text: str) -> str:
    """Only the digits 数字."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit())


def phone(text: str) -> str:
    """A phone number 电话 without country code and separators."""
    if len(text) == 11 and text.isascii() and text.isdigit():
        return text
    said = digits(text)
    for lead in ("0086", "86"):
        if said.startswith(lead) and len(said) - len(lead) == 11:
            return said[len(lead) :]
    return said


@lru_cache(maxsize=200_000)
def birth(text: str, form: str = "") -> str:
    """A date 出生日期 as yyyymmdd; what cannot be read stays as its digits, so that it can still be compared."""
    if not form and _ISO.match(text):
        try:
            return date.fromisoformat(text[:10]).strftime("%Y%m%d")
        except ValueError:
            pass
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


def document(text: str) -> str:
    """A document number 证件号: the citizen number in 18 places; else (type:number) of a passport or permit; else its letters and digits."""
    said = plain(text)
    known, _ = citizen_number(_GAPS.sub("", said))
    if known:
        return known
    passport = _PASSPORT.match(said)
    return passport[1] if passport else _NOT_WORD.sub("", said)


def unnamed(name: str) -> bool:
    """A stand-in 无名氏 for someone whose name nobody knew."""
    return name.startswith("无名氏") or name in _NO_NAME


def baby(name: str) -> tuple[str, str] | None:
    """(mother's name, order) of a newborn's name 某某之子; None for any other name. Order '' where there is only one."""
    found = _BABY.match(name)
    if not found:
        return None
    said = found["order"] or found["after"].lower()
    return found["mother"], _ORDERS.get(said, said)


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
        return document(said)
    if kind is Kind.ADDRESS:
        return _NOT_WORD.sub(" ", folded(plain(said)).translate(_PLACES)).strip()
    return plain(said)
