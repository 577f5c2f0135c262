"""Words 功能词: the small words of a question that narrow nothing, so that what is left over is honestly unknown."""

from __future__ import annotations

import re
from functools import cache

from yishu.ask.vocabulary import lexicon

ADJECTIVE = "[多少高低长短快慢大小好差忙满贵久重轻紧松深浅早晚强弱凶猛狠]"
# 高不高, 多吗, 谁更多, 哪个高: asked of the number itself; an adjective elsewhere (大病, 高龄) narrows and is kept
EITHER = rf"{ADJECTIVE}了?(?:还是|或者?|或是){ADJECTIVE}了?|([涨升增])了?还是[跌降减]了?|[跌降减]了?还是[涨升增]了?"  # 多还是少
ASIDE = rf"{EITHER}|是?(?:多少|几)个?(?:亿|千万|百万|万)(?:元|块钱?)?|(?P<ab>[\u4e00-\u9fff]{{2}})不(?P=ab)|(?P<a>[\u4e00-\u9fff])不(?P=a)[\u4e00-\u9fff]?(?=[^\u4e00-\u9fff]|$)|{ADJECTIVE}不{ADJECTIVE}|(?:更|较|比较|偏|有多|有点|算|算不算|还算|谁|哪个|哪边|哪家){ADJECTIVE}(?:一?些|一?点|了)?(?:吗|么)?"
CLOSING = rf"{ADJECTIVE}(?:吗|么|一些|一点|点儿?|些)?(?=\s*(?:[?？!。,，]|$))"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = {str(w) for kind in lexicon("fillers").values() for w in kind}
    ordered = sorted(words, key=len, reverse=True)
    chinese = [w for w in ordered if not (w[0].isascii() and w[0].isalpha())]
    latin = [w for w in ordered if w[0].isascii() and w[0].isalpha()]
    return re.compile("|".join((ASIDE, *map(re.escape, chinese), CLOSING))), re.compile(r"\b(?:" + "|".join(map(re.escape, latin)) + r")\b")


def leftovers(template: str) -> list[tuple[int, int]]:
    """Where the template holds what no rule and no small word accounts for, as (begin, end)."""
    plain, latin = _patterns()
    text = re.sub(r"[A-Z]", "|", template)
    for pattern in (latin, plain):
        text = pattern.sub(lambda m: " " * len(m[0]), text)
    return [m.span() for m in re.finditer(r"\d+(?:\.\d+)?|[^|\s\d\x01]+", text)]
