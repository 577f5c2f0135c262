"""Numbers 数字: 三十五, 1.2万, 百分之八十, 2个亿, 一半, as people write them."""

from __future__ import annotations

import re

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3}
ENGLISH = {w: float(i) for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])}
UNITS = {"十": 10, "百": 100, "千": 1000}
CHINESE = "零〇一二两三四五六七八九十百千"
NUMBER = rf"(?:\d[\d,]*(?:\.\d+)?|[{CHINESE}]+(?:点[零一二三四五六七八九]+)?)"
SCALE = {"万": 10_000.0, "千": 1000.0, "百": 100.0, "亿": 100_000_000.0, "k": 1000.0, "m": 1_000_000.0, "w": 10_000.0}


def chinese_integer(text: str) -> int | None:
    """The value of a Chinese integer without 万 and 亿: 二十三, 一百零五, 二〇二四."""
    if not text or any(c not in DIGITS and c not in UNITS for c in text):
        return None
    if not any(c in UNITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    total, digit = 0, None
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        else:
            total += (1 if digit is None else digit) * UNITS[c]
            digit = 0
    tail = digit or 0
    if tail and len(text) >= 2 and text[-2] in "百千" and text[-1] in DIGITS:
        tail *= UNITS[text[-2]] // 10  # 一百五 is 150
    return total + tail


def read(text: str) -> float | None:
    """The value of one number word, None if it is none."""
    text = text.strip().replace(",", "")
    if text in ENGLISH:
        return ENGLISH[text]
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if m := re.fullmatch(rf"([{CHINESE}\d.]+)\s*([万千百亿kmw])", text):
        head = read(m[1])
        return None if head is None else head * SCALE[m[2]]
    if m := re.fullmatch(rf"([{CHINESE}]+)点([零一二三四五六七八九]+)", text):
        head = chinese_integer(m[1])
        return None if head is None else float(f"{head}." + "".join(str(DIGITS[c]) for c in m[2]))
    whole = chinese_integer(text)
    return None if whole is None else float(whole)


def whole(text: str) -> int | None:
    """The value of a whole number word."""
    value = read(text)
    return int(value) if value is not None and value == int(value) else None
