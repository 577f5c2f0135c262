"""Text 文字列: numpy's string functions, also for columns without a row."""

from __future__ import annotations

import numpy as np

from yishu.demo.world import Array


def zfill(text: Array, width: int) -> Array:
    """Zeros in front 补零."""
    return np.asarray(np.strings.zfill(text, width)) if len(text) else text.astype(f"U{width}")


def part(text: Array, start: int, stop: int) -> Array:
    """A slice of each 截取."""
    return np.asarray(np.strings.slice(text, start, stop)) if len(text) else text


def replace(text: Array, old: str, new: str) -> Array:
    """Replace in each 替换."""
    return np.asarray(np.strings.replace(text, old, new)) if len(text) else text
