"""Destinations 去向: `out:` of a channel, where its messages are sent on; and the pure rules of retry and circuit breaker.

```yaml
out:
  - {name: ris, kind: mllp, address: "10.0.0.7:2575", types: [ADT]}
  - {name: hook, kind: http, address: "http://10.0.0.8/in", token: {secret: HOOK}, as: fhir}
  - {name: vendor, kind: soap, address: "http://10.0.0.9/ws", operation: SendMessage, argument: message}
  - {name: share, kind: folder, address: "${YISHU_HOME}/out"}
```
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

import yaml

from yishu.integration.marked import Reader

KINDS = ("mllp", "http", "soap", "folder")
FORMS = ("hl7v2", "fhir")
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
BREAKS_AFTER, COOLS = 5, 30.0
_WORDS = ("name", "label", "kind", "address", "types", "as", "tries", "seconds", "token", "operation", "namespace", "argument")


class Fate(Enum):
    """What became of one sending 发送结果, by class: only what may come right is tried again."""

    DELIVERED = "delivered"   # AA, CA, 2xx, a file in its place
    AWAY = "away"             # no connection, no answer, 5xx: the other side is away, the message is not to blame
    TROUBLE = "trouble"       # AE, CE: the other side could not take this one now
    REFUSED = "refused"       # AR, CR, 4xx: it will never take this one


@dataclass(frozen=True, slots=True)
class Destination:
    """A place messages are sent on to 去向."""

    name: str
    kind: str
    address: str
    label: str = ""
    types: tuple[str, ...] = ()
    form: str = "hl7v2"
    tries: int = 5
    seconds: float = 10.0
    token: str | None = None
    operation: str = "SendMessage"
    namespace: str = "http://yishu.local/messages"
    argument: str = "message"

    def takes(self, kind: str) -> bool:
        """Whether a message of this type (`ADT^A01`) is sent here."""
        return not self.types or any(kind == t or kind.startswith(t + "^") for t in self.types)


@dataclass(frozen=True, slots=True)
class Breaker:
    """The circuit breaker 熔断 of one destination: after some failures in a row it rests, then lets one through."""

    failures: int = 0
    closed_until: datetime | None = None

    def lets(self, now: datetime) -> bool:
        """Whether something may be sent now."""
        return self.closed_until is None or now >= self.closed_until

    @property
    def trying(self) -> bool:
        """Whether it has rested and only one may go first."""
        return self.closed_until is not None

    def after(self, fate: Fate, now: datetime) -> Breaker:
        """Its state after one sending; an answer of any kind closes the circuit again."""
        if fate is not Fate.AWAY:
            return Breaker()
        failures = self.failures + 1
        if failures < BREAKS_AFTER:
            return replace(self, failures=failures)
        rest = min(LONGEST_WAIT, COOLS * 2.0 ** min(failures - BREAKS_AFTER, 10))
        return Breaker(failures, now + timedelta(seconds=rest))


def wait(tries: int, chance: float) -> float:
    """Seconds before the next try 重试等待: doubling, at most five minutes, spread over its upper half by `chance` in [0, 1)."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries, 20))
    return longest * (0.5 + chance / 2)


def given_up(fate: Fate, tries: int, most: int) -> bool:
    """Whether a message is parked: refused at once, troubled after `most` tries; while the other side is away it waits on."""
    return fate is Fate.REFUSED or (fate is Fate.TROUBLE and tries >= most)


def destinations(reader: Reader, node: yaml.Node | None) -> tuple[Destination, ...]:
    """The destinations of a channel's text; faults go to the reader."""
    found: list[Destination] = []
    for item in reader.items(node, "out"):
        top = reader.mapping(item, "out", _WORDS, ("name", "kind", "address"))
        token = reader.mapping(top.get("token"), "token", ("secret",)) if "token" in top else {}
        tries, seconds = reader.text(top.get("tries"), "tries", "5"), reader.text(top.get("seconds"), "seconds", "10")
        if not (tries.isdigit() and seconds.replace(".", "", 1).isdigit()):
            reader.fault(item, f"tries 与 seconds 应是数：{tries}、{seconds}")
            continue
        made = Destination(
            reader.text(top.get("name"), "name"), reader.choice(top.get("kind"), "kind", KINDS, "mllp"), reader.text(top.get("address"), "address"),
            reader.text(top.get("label"), "label"), tuple(reader.text(t, "types") for t in reader.items(top.get("types"), "types")),
            reader.choice(top.get("as"), "as", FORMS, "hl7v2"), int(tries), float(seconds), reader.text(token.get("secret"), "token.secret") or None,
            reader.text(top.get("operation"), "operation", "SendMessage"), reader.text(top.get("namespace"), "namespace", "http://yishu.local/messages"),
            reader.text(top.get("argument"), "argument", "message"),
        )  # fmt: skip
        if made.kind == "mllp" and not made.address.rpartition(":")[2].isdigit():
            reader.fault(top["address"], f"mllp 的 address 写成 主机:端口，不是 {made.address}")
        if made.kind in ("http", "soap") and not made.address.startswith(("http://", "https://")):
            reader.fault(top["address"], f"{made.kind} 的 address 以 http:// 或 https:// 开头")
        if made.name in {d.name for d in found}:
            reader.fault(item, f"去向 {made.name} 写了两次")
        found.append(made)
    return tuple(found)
