"""Features 特征: what of a patient says who he is, in normal form; sealed at rest, and filed under keyed blocks. Pure but for the key."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from yishu.identity.block import sound_of, surname_of
from yishu.identity.card import valid_card
from yishu.identity.normalise import Kind, field
from yishu.kernel.citizen import citizen_number

KINDS: Mapping[str, Kind] = {
    "name": Kind.FULL_NAME, "gender": Kind.SEX, "birth": Kind.BIRTH, "id_card": Kind.ID, "phone": Kind.PHONE,
    "card_no": Kind.ID, "address": Kind.ADDRESS,
}  # fmt: skip
NAMES = tuple(KINDS)
Features = tuple[str, ...]
"""Normal forms in the order of KINDS, '' where absent."""

_BREAK = "\x1f"


def features(said: Mapping[str, object]) -> Features:
    """The normal forms of a patient's fields (keys of KINDS); placeholders count as absent."""
    forms = {name: field(kind, None if said.get(name) is None else str(said[name])) for name, kind in KINDS.items()}
    forms["gender"] = {"m": "男", "f": "女", "1": "男", "2": "女", "male": "男", "female": "女"}.get(forms["gender"], forms["gender"])
    if forms["gender"] not in ("男", "女"):
        forms["gender"] = ""
    if forms["birth"] == "19000101" or len(forms["birth"]) != 8:
        forms["birth"] = ""
    card = str(said.get("id_card") or "")
    if citizen_number(card)[0] and not valid_card(card):
        forms["id_card"] = ""
    for name, least in (("id_card", 6), ("phone", 7), ("card_no", 4)):
        value = forms[name]
        if len(value) < least or len(set(value)) <= (2 if name == "phone" else 1):
            forms[name] = ""
    if not forms["birth"] and len(forms["id_card"]) == 18 and citizen_number(forms["id_card"])[0]:
        forms["birth"] = forms["id_card"][6:14]
    return tuple(forms[name] for name in KINDS)


def packed(forms: Features) -> str:
    """One text to be sealed."""
    return _BREAK.join(plain_form.replace(_BREAK, " ") for plain_form in forms)


def unpacked(text: str) -> Features:
    """What `packed` made."""
    return tuple(text.split(_BREAK))


def named(forms: Features) -> dict[str, str]:
    """Features by field name."""
    return dict(zip(KINDS, forms, strict=True))


def blocks(key: bytes, forms: Features) -> tuple[int, ...]:
    """Keyed 64-bit marks 分组键 under which alike patients meet; says nothing to who lacks the key."""
    name, gender, birth, card, phone, visiting, address = forms
    said = sound_of(name) if name else ""
    family = surname_of(name) if name else ""
    wanted = (
        ("id", card), ("card", visiting),
        ("phone name", phone and family and phone + family), ("phone birth", phone and birth and phone + birth),
        ("name birth", said and birth and said + birth), ("name year", said and birth and gender and said + birth[:4] + gender),
        ("family birth", family and birth and gender and family + birth + gender), ("name day", said and birth and said + birth[4:]),
        ("name home", said and address and said + address[:8]), ("number", card[6:17] if len(card) == 18 else ""),
    )  # fmt: skip
    return tuple(_mark(key, rule, value) for rule, value in wanted if value)


def mark(key: bytes, field_name: str, value: str) -> int:
    """A keyed 64-bit mark of one value, for counting how common it is."""
    return _mark(key, f"value {field_name}", value)


def _mark(key: bytes, rule: str, value: str) -> int:
    return int.from_bytes(blake2b(f"{rule}{_BREAK}{value}".encode(), digest_size=8, key=key).digest(), "big", signed=True)


