"""Monitor 集成监控: channels, what came today, what is stuck, who is silent. Counters are read, never counted on opening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yishu.integration import sources
from yishu.integration.channels import ChannelSpec, channels
from yishu.integration.inbox import Inbox
from yishu.integration.outbox import Outbox
from yishu.integration.watch import Watchbook
from yishu.kernel import Settings

BUCKETS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000)
"""Milliseconds from receipt to placing; the counter `ms:N` counts those up to N."""
USUAL = 4   # messages an hour below which silence says nothing

Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the screen shows 总览."""

    channels: tuple[Line, ...]
    links: tuple[Line, ...]
    stuck: tuple[Line, ...]
    alerts: tuple[str, ...]
    totals: Line
    deliveries: tuple[Line, ...] = ()
    history: tuple[Line, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As the API sends it."""
        return {"channels": list(self.channels), "links": list(self.links), "stuck": list(self.stuck), "alerts": list(self.alerts), "totals": self.totals, "deliveries": list(self.deliveries), "history": list(self.history)}


def overview(settings: Settings, inbox: Inbox) -> Overview:
    """The state of all channels now."""
    now = settings.clock()
    specs = channels(settings.hospital)
    labels = {spec.name: spec.label for spec in sources(settings.hospital)}
    counts = inbox.counters(now.date().isoformat())
    depth, latest = inbox.depth(), inbox.latest()
    heard: dict[str, dict[tuple[str, int], int]] = {}
    for source, day, hour, number in inbox.hours((now - timedelta(days=6)).date().isoformat()):
        heard.setdefault(source, {})[(day, hour)] = number
    lines, alerts = [], []
    for spec in specs:
        mine = {name: number for (source, name), number in counts.items() if source == spec.name}
        silence = silent(spec, heard.get(spec.name, {}), latest.get(spec.name), now)
        if silence:
            alerts.append(f"{spec.label}：{silence}")
        lines.append(_line(spec, mine, depth.get(spec.name, 0), latest.get(spec.name), heard.get(spec.name, {}), now, silence))
    unknown = {name: number for (source, name), number in counts.items() if source == "unknown"}
    if unknown:
        alerts.append(f"没有通道收的消息 {unknown.get('quarantined', 0)} 条（MSH-3、MSH-9 对不上任何通道）")
    stuck = tuple(
        {"channel": s, "state": st, "reason": reason, "count": n, "last_id": f"M{last}", "since": since, "until": until}
        for s, st, reason, n, last, since, until in inbox.stuck()
    )
    known = Watchbook(settings.home).alerts(now - timedelta(days=1))
    alerts += [a.text for a in known if a.ended is None and a.kind != "silence"]
    history: tuple[Line, ...] = tuple({"channel": a.source, "kind": a.kind, "text": a.text, "began": a.began, "ended": a.ended} for a in known)
    return Overview(tuple(lines), _links(specs, counts, labels), stuck, tuple(alerts), _totals(lines), _deliveries(settings, specs, now), history)


def _deliveries(settings: Settings, specs: Sequence[ChannelSpec], now: datetime) -> tuple[Line, ...]:
    """Doors out: what was sent today, what waits and what is parked, by destination."""
    if not any(spec.out for spec in specs):
        return ()
    counts = Outbox(settings.home, settings.clock).counts(now.replace(hour=0, minute=0, second=0, microsecond=0))
    out: list[Line] = []
    for spec in specs:
        for to in spec.out:
            mine = counts.get(f"{spec.name}/{to.name}", {})
            out.append({"name": f"{spec.name}/{to.name}", "channel": spec.label, "label": to.label or to.name, "kind": to.kind, **{state: mine.get(state, 0) for state in ("sent", "waiting", "parked")}})
    return tuple(out)


def _line(
    spec: ChannelSpec, mine: Mapping[str, int], waiting: int, last: str | None, heard: Mapping[tuple[str, int], int], now: datetime, silence: str
) -> Line:
    days = [(now - timedelta(days=back)).date().isoformat() for back in range(6, -1, -1)]
    return {
        "name": spec.name, "label": spec.label, "kind": spec.kind, "owner": spec.owner, "systems": list(spec.systems),
        "received": mine.get("received", 0), "placed": mine.get("done", 0), "repeat": mine.get("repeat", 0),
        "failed": mine.get("failed", 0) + mine.get("parked", 0), "quarantined": mine.get("quarantined", 0), "waiting": waiting,
        "last": last, "p95_ms": p95(mine), "silence": silence,
        "week": [{"day": day, "hours": [heard.get((day, hour), 0) for hour in range(24)]} for day in days],
    }  # fmt: skip


def _links(specs: Sequence[ChannelSpec], counts: Mapping[tuple[str, str], int], labels: Mapping[str, str]) -> tuple[Line, ...]:
    """Producer → channel → table, as many as the messages and rows of today."""
    out: list[Line] = []
    for spec in specs:
        for (source, name), number in sorted(counts.items()):
            if source != spec.name or not number:
                continue
            if name.startswith("from:"):
                system = name.removeprefix("from:")
                out.append({"from": labels.get(system, system), "to": spec.label, "value": number})
            elif name.startswith("to:"):
                out.append({"from": spec.label, "to": name.removeprefix("to:"), "value": number})
    return tuple(out)


def _totals(lines: Sequence[Line]) -> Line:
    words = ("received", "placed", "failed", "quarantined", "waiting")
    systems = {s for line in lines if isinstance(known := line["systems"], list) for s in known}
    return {**{w: sum(n for line in lines if isinstance(n := line[w], int)) for w in words}, "channels": len(lines), "systems": len(systems)}


def p95(mine: Mapping[str, int]) -> int | None:
    """The upper bound of the bucket in which the 95th of a hundred lies; None where nothing was placed."""
    counted = [(edge, mine.get(f"ms:{edge}", 0)) for edge in BUCKETS]
    total = sum(n for _, n in counted)
    passed = 0
    for edge, number in counted:
        passed += number
        if total and passed >= 0.95 * total:
            return edge
    return None


def bucket(milliseconds: float) -> int:
    """The bucket a duration falls into."""
    return next((edge for edge in BUCKETS if milliseconds <= edge), BUCKETS[-1])


def silent(spec: ChannelSpec, heard: Mapping[tuple[str, int], int], last: str | None, now: datetime) -> str:
    """Why the silence of a channel is unusual 静默, '' where it is not: what this hour usually brings, and for how long nothing came."""
    usual = [heard.get(((now - timedelta(days=back)).date().isoformat(), now.hour), 0) for back in range(1, 7)]
    known = [n for n in usual if n]
    if last is None or not known:
        return ""
    quiet = int((now - datetime.fromisoformat(last)).total_seconds() // 60)
    mean = sum(known) / len(known)
    allowed = spec.silence_minutes or 60
    allowed = min(allowed, max(15, int(6 * 60 / mean))) if mean >= USUAL else allowed
    return f"平时 {now.hour} 点每小时 {mean:.0f} 条，已 {quiet} 分钟没有" if quiet >= allowed else ""
