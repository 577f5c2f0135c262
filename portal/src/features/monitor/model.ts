export interface Channel {
  name: string
  label: string
  kind: string
  owner: string
  systems: string[]
  received: number
  placed: number
  repeat: number
  failed: number
  quarantined: number
  waiting: number
  last: string | null
  p95_ms: number | null
  silence: string
  week: { day: string; hours: number[] }[]
}
export interface Link { from: string; to: string; value: number }
export interface Stuck { channel: string; state: string; reason: string; count: number; last_id: string; since: string; until: string }
export interface Delivery { name: string; channel: string; label: string; kind: string; sent: number; waiting: number; parked: number }
export interface Alert { channel: string; kind: string; text: string; began: string; ended: string | null }
export interface Version { number: number; at: string; by: string; current: boolean }
export interface Difference { old: number; new: number; text: string }
export interface Overview { deliveries: Delivery[]; history: Alert[]; channels: Channel[]; links: Link[]; stuck: Stuck[]; alerts: string[]; totals: Record<string, number>; demo: boolean }
export interface MessageLine { message_id: string; channel: string; control_id: string; type: string; state: string; reason: string; received_at: string; conflict: boolean; copy_of: string | null }
export interface Story extends MessageLine {
  charset: string
  segments: { name: string; label: string; fields: { path: string; label: string; value: string }[] }[]
  staged: { table: string; label: string; values: Record<string, string | null> }[]
  rows: { table: string; label: string; key: string; current: boolean }[]
  metrics: { id: string; label: string }[]
  deliveries: { destination: string; state: string; tries: number; at: string; said: string }[]
}
export interface Replayed { messages: number; placed: number; failed: { message_id: string; reason: string }[]; changed: Record<string, number>; dry_run: boolean }

/** The nodes of the flow 流向: each name once, in the order met. A name on both sides of a channel would make a circle, so ends are told apart. */
export function flowOf(links: Link[], channels: Channel[]): { nodes: { name: string; shown: string }[]; links: { source: string; target: string; value: number }[] } {
  const own = new Set(channels.map((one) => one.label))
  const names = new Map<string, string>()
  const end = (name: string, side: string) => {
    const id = own.has(name) ? name : `${side}:${name}`
    names.set(id, name)
    return id
  }
  const drawn = links.map((one) => ({ source: end(one.from, 'from'), target: end(one.to, 'to'), value: one.value }))
  return { nodes: [...names].map(([name, shown]) => ({ name, shown })), links: drawn }
}

/** How dark an hour 小时格 of the week strip is, 0 to 4, against the busiest hour of the channel. */
export function shade(number: number, most: number): number {
  if (number <= 0 || most <= 0) return 0
  return Math.max(1, Math.ceil((4 * number) / most))
}

/** The path a reason speaks of, so that the correction begins where the message stopped: `PV1-19.1 空` → `PV1-19.1`. */
export function pathOf(reason: string): string {
  return /[A-Z][A-Z0-9]{2}(\[\d+\])?-\d+(\.\d+)?/.exec(reason)?.[0] ?? ''
}

/** What a replay changed, in words: `门急诊就诊 3`. */
export function changesOf(replayed: Replayed): string {
  return Object.entries(replayed.changed).map(([table, number]) => `${table} ${number}`).join('，')
}

/** Lines of a diff 差异 with their kind, for colour and sign together. */
export function diffLines(text: string): { kind: 'file' | 'place' | 'more' | 'less' | 'same'; text: string }[] {
  return text.split('\n').filter((line) => line !== '').map((line) => ({
    kind: line.startsWith('+++') || line.startsWith('---') ? 'file' : line.startsWith('@@') ? 'place' : line.startsWith('+') ? 'more' : line.startsWith('-') ? 'less' : 'same',
    text: line,
  }))
}
