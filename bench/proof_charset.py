"""Character sets: generated messages mixing GBK, GB18030 and UTF-8, 30 % with a wrong MSH-18; what is read must be what was written."""

from __future__ import annotations

import random
import time

from bench.proof import Outcome
from yishu.integration.adapters.hl7v2 import CharsetPolicy, HL7Error, Message
from yishu.integration.adapters.hl7v2.charset import Mode

TITLE = "字符集：GBK、GB18030、UTF-8 混杂，三成 MSH-18 写错"
UNIT = "条消息"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
RARE = "㛃䶮𬱖𠅤堃喆赟翀昶玥煊祎瑄晗"   # beyond GBK: only GB18030 and UTF-8 can write them
HANZI = [chr(c) for c in range(0x4E00, 0x9FA5)]
DECLARED = {"utf-8": "UNICODE UTF-8", "gb18030": "GB 18030-2000", "gbk": "GBK"}


def one(rng: random.Random, number: int) -> tuple[str, bytes]:
    """A message's text and its bytes."""
    codec = rng.choice(("utf-8", "gb18030", "gbk"))
    name = rng.choice(SURNAMES) + "".join(rng.choices(HANZI, k=rng.randint(1, 2)))
    if codec != "gbk" and rng.random() < 0.1:
        name += rng.choice(RARE)
    declared = DECLARED[codec] if rng.random() >= 0.3 else rng.choice([v for k, v in DECLARED.items() if k != codec] + ["", "ASCII"])
    words = "".join(rng.choices(HANZI, k=rng.randint(0, 30))) if rng.random() < 0.7 else ""
    text = (
        f"MSH|^~\\&|HIS|总院|YS|YS|20260101||ADT^A01|M{number}|P|2.4|||||CHN|{declared}\rPID|1||{number}^^^HIS^PI||{name}^^^^^^L||19800101|M|||{words}路{number}号\r"
    )
    return text, text.encode(codec, "replace" if codec == "gbk" else "strict")


def run(seed: int, seconds: float) -> Outcome:
    """As many as fit, at most 100,000; a wrong reading is a failure, a refusal is counted."""
    rng, until = random.Random(seed), time.monotonic() + seconds
    count = wrong = refused = 0
    policies = (CharsetPolicy(Mode.DETECT), CharsetPolicy(Mode.DECLARED))
    while count < 100_000 and time.monotonic() < until:
        text, raw = one(rng, count)
        if "?" in raw.decode("gb18030", "ignore"):
            continue   # the sender could not write the character: nothing to read right
        try:
            message = Message.read(raw, policies[count % 2])
            wrong += message.text != text or message.encode() != raw
        except HL7Error:
            refused += 1
        count += 1
    right = count - wrong - refused
    return Outcome(count, wrong, {"refused": refused, "right_percent": round(100 * right / max(count, 1), 4)})
