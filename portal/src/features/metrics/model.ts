import type { Answer, Cell, Contribution, Explanation, MetricCard, MetricQuery, ReconcileSide } from '@/api/shapes'
import type { Spot } from '@/shared/drill'
import { number } from '@/shared/format'

export type Grain = 'day' | 'month'

/** The days or months a trend looks at, ending where the figure ends. */
export function window(end: string, grain: Grain): { start: string; end: string } {
  const last = new Date(`${end.slice(0, 10)}T00:00:00Z`)
  const first = new Date(last)
  if (grain === 'day') first.setUTCDate(first.getUTCDate() - 59)
  else first.setUTCMonth(first.getUTCMonth() - 12, 1)
  return { start: first.toISOString().slice(0, 10), end: end.slice(0, 10) }
}

/** The trend's question: the figure's filters and member, split by day or month. */
export function trendQuery(id: string, grain: Grain, end: string, spot: Spot | null): MetricQuery {
  const members = Object.entries(spot?.cell.member ?? {})
    .filter(([dimension]) => !['day', 'week', 'month', 'quarter', 'year', 'hour', 'weekday'].includes(dimension))
    .map(([dimension, value]) => ({ dimension, op: value === null ? 'is_null' : 'in', values: value === null ? [] : [value] }))
  const on = spot?.query.time?.on
  return {
    metrics: [id], dimensions: [grain], filters: [...(spot?.query.filters ?? []), ...members],
    time: { ...window(end, grain), ...(on ? { on } : {}) }, compare: ['yoy'], order: { by: grain, dir: 'asc' },
  }
}

/** The figure's own question, split by department. */
export function splitQuery(id: string, spot: Spot | null, end: string): MetricQuery {
  return {
    metrics: [id], dimensions: ['department'], filters: spot?.query.filters ?? [],
    time: spot?.query.time ?? { start: `${end.slice(0, 8)}01`, end: end.slice(0, 10) }, compare: ['yoy'], order: { by: id, dir: 'desc' },
  }
}

/** The figure itself, asked again so that the card states what was clicked. */
export function figureQuery(spot: Spot): MetricQuery {
  return { ...spot.query, compare: ['yoy'], totals: false }
}

export interface Reading {
  value: number | null
  yoy: number | null
  yoyDiff: number | null
}

/** The row of an answer that a cell names. */
export function reading(answer: Answer, spot: Spot): Reading | null {
  const at = (id: string) => answer.columns.findIndex((column) => column.id === id)
  const row = answer.rows.find((cells) => Object.entries(spot.cell.member).every(([dimension, value]) => at(dimension) < 0 || cells[at(dimension)] === value))
  if (!row) return null
  const figure = (id: string) => (at(id) >= 0 && typeof row[at(id)] === 'number' ? (row[at(id)] as number) : null)
  const metric = spot.cell.metric
  return { value: figure(metric), yoy: figure(`${metric}.yoy`), yoyDiff: figure(`${metric}.yoy_diff`) }
}

/** Whether the metric may be split by a dimension at all. */
export const splits = (card: MetricCard, dimension: string) => card.dimensions.some((one) => one.id === dimension)

/** Parameters of a definition as name–value pairs, whatever form they came in. */
export function parametersOf(parameters: unknown): [string, string][] {
  const said = (value: unknown): string => (Array.isArray(value) ? value.map(said).join('、') : value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value))
  if (Array.isArray(parameters)) return parameters.map((one: { id?: string; name?: string; label?: string; value?: unknown; default?: unknown }) => [one.label ?? one.name ?? one.id ?? '', said(one.value ?? one.default ?? '')])
  if (parameters && typeof parameters === 'object') return Object.entries(parameters).map(([name, value]) => [name, said(value)])
  return []
}

/** A part of a formula in words; the server may also describe it as an object with a label. */
export function spoken(part: unknown): string | null {
  if (typeof part === 'string') return part || null
  if (part && typeof part === 'object') {
    const { label, say } = part as { label?: unknown; say?: unknown }
    return typeof label === 'string' ? label : typeof say === 'string' ? say : null
  }
  return null
}

/** A definition still to be confirmed, or a draft. */
export const unsettled = (standing: string) => /待|草/.test(standing)

/** What "why" is asked about: the clicked cell, or the month so far. */
export function whyRequest(id: string, spot: Spot | null, end: string, against: string): { query: MetricQuery; cell?: Cell; against: string } {
  if (!spot) return { query: { metrics: [id], time: { start: `${end.slice(0, 8)}01`, end: end.slice(0, 10) } }, against }
  return { query: { ...spot.query, metrics: [id], compare: [], order: null, limit: null, having: [], totals: false, share: false }, cell: { metric: id, member: spot.cell.member }, against }
}

export interface WhyRow extends Contribution {
  key: string
  /** How far the bar reaches, −1 … 1 of the largest. */
  reach: number
}

/** The members of one dimension with their bars, what the rest adds as a line of its own. */
export function whyRows(told: Explanation, dimension: string, rest: (count: number) => string): WhyRow[] {
  const share = told.by.find((one) => one.dimension === dimension)
  if (!share) return []
  const lines: Contribution[] = share.rest
    ? [...share.parts, { member: null, label: rest(share.rest.count), value: null, base: null, amount: share.rest.amount, mix: null, rate: null }]
    : share.parts
  const most = Math.max(...lines.map((line) => Math.abs(line.amount)), Number.MIN_VALUE)
  return lines.map((line, place) => ({ ...line, key: `${place}-${line.label}`, reach: line.amount / most }))
}

export interface OtherSide {
  says: number | null
  start: string
  end: string
  asOf: string
  red: boolean
}

/** The two sides of a dispute: the figure as it stands here, and what the other department says of it. */
export function sides(id: string, spot: Spot | null, end: string, other: OtherSide, names: [string, string]): { a: ReconcileSide; b: ReconcileSide } {
  const mine = whyRequest(id, spot, end, 'yoy')
  const members = Object.entries(mine.cell?.member ?? {}).map(([dimension, value]) => ({ dimension, op: value === null ? 'is_null' : '=', values: value === null ? [] : [value] }))
  const query: MetricQuery = { metrics: [id], filters: [...(mine.query.filters ?? []), ...members], time: mine.query.time ?? null }
  const time = other.start && other.end ? { ...query.time, start: other.start, end: other.end } : query.time
  return {
    a: { name: names[0], query },
    b: { name: names[1], query: { ...query, time, as_of: other.asOf ? `${other.asOf}T23:59:59` : null }, red_entries: other.red, says: other.says },
  }
}

/** A signed amount in its own unit; the sign is said even for a rise. */
export function signed(value: number | null): string {
  if (value === null) return number(null)
  const size = Math.abs(value)
  const text = size !== 0 && size < 10 && !Number.isInteger(size) ? size.toFixed(2) : number(size, Number.isInteger(size) ? '条' : '')
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${text}`
}
