import type { Mark, Schemas } from './door'

export const LANES = ['visits', 'orders', 'labs', 'imaging', 'drugs', 'surgery', 'money'] as const
export type Wait = Schemas['Wait']

export interface Axis {
  from: number
  to: number
  at: (time: string | number) => number
  ticks: { at: number; label: string }[]
}

const MINUTE = 60_000
const DAY = 86_400_000
const STEPS = [10 * MINUTE, 30 * MINUTE, 60 * MINUTE, 3 * 60 * MINUTE, 6 * 60 * MINUTE, 12 * 60 * MINUTE, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 91 * DAY, 365 * DAY, 5 * 365 * DAY]

/** Server times carry no zone: they are the hospital's own clock, read as they stand. */
export const clock = (time: string | number): number => (typeof time === 'number' ? time : Date.parse(`${time.replace(' ', 'T')}Z`))
const two = (n: number) => String(n).padStart(2, '0')

function labelOf(at: number, step: number): string {
  const when = new Date(at)
  if (step >= 365 * DAY) return String(when.getUTCFullYear())
  if (step >= 30 * DAY) return `${when.getUTCFullYear()}-${two(when.getUTCMonth() + 1)}`
  const day = `${two(when.getUTCMonth() + 1)}-${two(when.getUTCDate())}`
  return step >= DAY ? day : `${day} ${two(when.getUTCHours())}:${two(when.getUTCMinutes())}`
}

/** One axis of time over `width` pixels with at most about a tick every hundred. */
export function axisOf(marks: Pick<Mark, 'started' | 'completed'>[], width: number): Axis | null {
  if (!marks.length) return null
  const times = marks.flatMap((mark) => [clock(mark.completed), clock(mark.started ?? mark.completed)])
  const first = times.reduce((a, b) => Math.min(a, b))
  const last = times.reduce((a, b) => Math.max(a, b))
  const span = Math.max(last - first, 10 * MINUTE)
  const from = first - span * 0.02
  const to = first + span * 1.02
  const step = STEPS.find((one) => (to - from) / one <= Math.max(2, width / 110)) ?? STEPS[STEPS.length - 1]!
  const at = (time: string | number) => ((clock(time) - from) / (to - from)) * width
  const ticks = []
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push({ at: at(tick), label: labelOf(tick, step) })
  return { from, to, at, ticks }
}

/** Rows of a lane: marks that would lie on one another go below, as far as `most` rows. */
export function stack(marks: Mark[], axis: Axis, most = 4, gap = 9): Map<string, number> {
  const ends: number[] = []
  const rows = new Map<string, number>()
  for (const mark of marks) {
    const from = axis.at(mark.started ?? mark.completed)
    const free = ends.findIndex((end) => end + gap <= from)
    const row = free >= 0 ? free : Math.min(ends.length, most - 1)
    ends[row] = Math.max(ends[row] ?? 0, axis.at(mark.completed))
    rows.set(mark.event_id, row)
  }
  return rows
}

/** A span in the unit a person would say. */
export function spanOf(minutes: number): { unit: 'minutes' | 'hours' | 'days'; n: string } {
  if (minutes < 120) return { unit: 'minutes', n: String(Math.round(minutes)) }
  if (minutes < 48 * 60) return { unit: 'hours', n: (minutes / 60).toFixed(1) }
  return { unit: 'days', n: (minutes / 1440).toFixed(1) }
}

export const longest = (waits: Wait[], n = 8): Wait[] => [...waits].sort((a, b) => b.minutes - a.minutes || a.since.localeCompare(b.since)).slice(0, n)

export const recordOf = (mark: { source: string; source_table: string | null; source_key: string }, back: string): string =>
  `/record?${new URLSearchParams({ source: mark.source, table: mark.source_table ?? '', key: mark.source_key, back }).toString()}`
