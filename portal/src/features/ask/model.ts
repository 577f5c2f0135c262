// What the 问数 screen does with an answer: change a slot of its query, find the way behind a figure, shape its picture. Pure.
import type { Answer, AskAnswer, MetricQuery, SaidFigure, Value } from '@/api/shapes'
import type { Palette } from '@/app/skins'
import type { ChartOption } from '@/shared/Chart'
import type { Spot } from '@/shared/drill'
import { exact, number } from '@/shared/format'

export const GRAINS = new Set(['hour', 'day', 'weekday', 'week', 'month', 'quarter', 'year'])
const WEEKDAYS = ['周一', '周二', '周三', '周四', '周五', '周六', '周日']

export interface Talk {
  key: number
  question: string
  edited: boolean
  said: AskAnswer | null
  fault: string | null
}

const renamed = (by: string, from: string, to: string) => (by === from || by.startsWith(`${from}.`) ? to + by.slice(from.length) : by)

/** One metric for another; order and conditions that spoke of it follow. */
export function withMetric(query: MetricQuery, from: string | null, to: string): MetricQuery {
  if (from === null) return query.metrics.includes(to) ? query : { ...query, metrics: [...query.metrics, to] }
  const having = (query.having as { metric: string }[] | undefined)?.map((one) => ({ ...one, metric: renamed(one.metric, from, to) }))
  return {
    ...query,
    metrics: [...new Set(query.metrics.map((id) => (id === from ? to : id)))],
    order: query.order ? { ...query.order, by: renamed(query.order.by, from, to) } : query.order,
    ...(having ? { having } : {}),
  }
}

export function withoutMetric(query: MetricQuery, id: string): MetricQuery {
  if (query.metrics.length < 2) return query
  const speaks = (by: string) => by === id || by.startsWith(`${id}.`)
  return {
    ...query,
    metrics: query.metrics.filter((one) => one !== id),
    order: query.order && speaks(query.order.by) ? null : query.order,
    having: (query.having as { metric: string }[] | undefined)?.filter((one) => !speaks(one.metric)) ?? [],
  }
}

export function withDimension(query: MetricQuery, from: string | null, to: string | null): MetricQuery {
  const kept = (query.dimensions ?? []).filter((one) => one !== from && one !== to)
  const dimensions = to === null ? kept : from === null ? [...kept, to] : (query.dimensions ?? []).map((one) => (one === from ? to : one)).filter((one, at, all) => all.indexOf(one) === at)
  const gone = from !== null && query.order?.by === from
  return { ...query, dimensions, order: gone || !dimensions.length ? null : query.order, limit: dimensions.length ? query.limit : null, share: dimensions.length ? query.share : false, having: dimensions.length ? query.having : [] }
}

export function withFilter(query: MetricQuery, dimension: string, values: Value[], op = 'in'): MetricQuery {
  const others = (query.filters ?? []).filter((one) => one.dimension !== dimension)
  return { ...query, filters: values.length ? [...others, { dimension, op, values }] : others }
}

export const withTime = (query: MetricQuery, start: string, end: string): MetricQuery => ({ ...query, time: { ...(query.time?.on ? { on: query.time.on } : {}), start, end }, compare: (query.compare ?? []).filter((one) => one !== 'custom'), compare_base: null })

export const withCompare = (query: MetricQuery, compare: string[]): MetricQuery => ({ ...query, compare, compare_base: null })

const two = (n: number) => String(n).padStart(2, '0')
const iso = (at: Date) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`

/** The usual spans, as of a day. */
export function presets(now: string): Record<'thisMonth' | 'lastMonth' | 'thisYear' | 'lastYear' | 'last12' | 'last30', [string, string]> {
  const [year = 2025, month = 1, day = 1] = now.slice(0, 10).split('-').map(Number)
  const at = (y: number, m: number, d: number) => iso(new Date(y, m - 1, d))
  const today = at(year, month, day)
  return {
    thisMonth: [at(year, month, 1), today],
    lastMonth: [at(year, month - 1, 1), at(year, month, 0)],
    thisYear: [at(year, 1, 1), today],
    lastYear: [at(year - 1, 1, 1), at(year - 1, 12, 31)],
    last12: [at(year, month - 11, 1), today],
    last30: [at(year, month, day - 29), today],
  }
}

/** A member as people say it. */
export function memberText(dimension: string, value: Value, unfilled: string): string {
  if (value === null || value === '') return unfilled
  const text = String(value)
  if (dimension === 'weekday') return WEEKDAYS[Number(text) - 1] ?? text
  if (dimension === 'hour') return `${text}时`
  return text
}

/** The way behind a figure of the sentence: the query as answered, and the cell. */
export function spotOfFigure(said: AskAnswer, figure: SaidFigure): Spot | null {
  if (!said.answer || figure.column === 'amount') return null
  return { query: { ...said.answer.query, order: null, limit: null }, cell: { metric: figure.metric, member: figure.member } }
}

export interface Bar {
  name: string
  value: number | null
  base: number | null
  relative: number | null
  difference: number | null
  member: Record<string, Value>
  outside: boolean
}

/** Rows of an answer with one dimension, as bars of a column. */
export function bars(said: AskAnswer, unfilled: string): Bar[] {
  const answer = said.answer
  if (!answer) return []
  const dimensions = answer.query.dimensions ?? []
  const at = (id: string) => answer.columns.findIndex((one) => one.id === id)
  const metric = answer.query.metrics[0] ?? ''
  const shown = said.chart === 'shares' ? `${metric}.share` : metric
  const period = answer.query.compare?.[0] ?? ''
  const figure = (row: Value[], id: string) => {
    const held = row[at(id)]
    return typeof held === 'number' ? held : null
  }
  const outside = new Set(said.limits?.outside ?? [])
  const listed = answer.rows.map((row, place) => ({
    name: dimensions.map((id) => memberText(id, row[at(id)] ?? null, unfilled)).join('、'),
    value: figure(row, shown),
    base: figure(row, `${metric}.${period}_base`),
    relative: figure(row, `${metric}.${period}`),
    difference: figure(row, `${metric}.${period}_diff`),
    member: Object.fromEntries(dimensions.map((id) => [id, row[at(id)] ?? null])),
    outside: outside.has(place),
  }))
  const timed = dimensions.some((id) => GRAINS.has(id))
  return answer.query.order || timed ? listed : listed.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity))
}

export interface Series {
  days: string[]
  lines: { name: string; values: (number | null)[]; dotted?: boolean }[]
}

/** Lines over time: every metric and its comparison, or one line a member of the other dimension. */
export function series(answer: Answer, unfilled: string): Series {
  const dimensions = answer.query.dimensions ?? []
  const grain = dimensions.find((id) => GRAINS.has(id)) ?? dimensions[0] ?? ''
  const other = dimensions.find((id) => id !== grain)
  const at = (id: string) => answer.columns.findIndex((one) => one.id === id)
  const days = [...new Set(answer.rows.map((row) => String(row[at(grain)] ?? '')))]
  const figure = (row: Value[] | undefined, id: string) => (row && typeof row[at(id)] === 'number' ? (row[at(id)] as number) : null)
  if (other) {
    const metric = answer.query.metrics[0] ?? ''
    const names = [...new Set(answer.rows.map((row) => memberText(other, row[at(other)] ?? null, unfilled)))]
    const lines = names.map((name) => ({ name, values: days.map((day) => figure(answer.rows.find((row) => String(row[at(grain)] ?? '') === day && memberText(other, row[at(other)] ?? null, unfilled) === name), metric)) }))
    return { days, lines }
  }
  const lines = answer.columns
    .filter((one) => one.role === 'metric' || /_base$/.test(one.id))
    .map((one) => ({ name: one.label, values: answer.rows.map((row) => figure(row, one.id)), dotted: /_base$/.test(one.id) }))
  return { days, lines }
}

export function linesOption(drawn: Series, unit: string, limits: { low: number; high: number } | null, palette: Palette, font: string): ChartOption {
  const label = { color: palette.ink2, fontFamily: font, fontSize: 12 }
  const band = limits ? { markLine: { silent: true, symbol: 'none', lineStyle: { color: palette.ink3, type: 'dashed' as const }, label: { ...label, position: 'insideStartTop' as const, formatter: ({ value }: { value: unknown }) => number(Number(value), unit) }, data: [{ yAxis: limits.low }, { yAxis: limits.high }] } } : {}
  return {
    animation: false,
    aria: { enabled: false },
    grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
    legend: { show: drawn.lines.length > 1, type: 'scroll', left: 0, top: 0, itemWidth: 18, itemHeight: 2, textStyle: label },
    tooltip: { trigger: 'axis', backgroundColor: palette.panel, borderColor: palette.line, textStyle: { color: palette.ink, fontFamily: font, fontSize: 13 }, confine: true, valueFormatter: (value) => exact(typeof value === 'number' ? value : null, unit) },
    xAxis: { type: 'category', data: drawn.days, axisLabel: { ...label, formatter: (day: string) => (day.length === 10 ? day.slice(5) : day), hideOverlap: true }, axisLine: { lineStyle: { color: palette.line } }, axisTick: { show: false }, boundaryGap: false },
    yAxis: { type: 'value', scale: true, axisLabel: { ...label, formatter: (value: number) => number(value, unit) }, splitLine: { lineStyle: { color: palette.hairline } } },
    series: drawn.lines.map((one, place) => ({
      type: 'line' as const, name: one.name, data: one.values, symbol: drawn.days.length > 40 ? 'none' : 'circle', symbolSize: 5, connectNulls: false,
      color: one.dotted ? palette.ink3 : palette.series[place % palette.series.length], lineStyle: { width: one.dotted ? 1.5 : 2, type: one.dotted ? ('dotted' as const) : ('solid' as const) }, ...(place === 0 ? band : {}),
    })),
  } as ChartOption
}

/** The pictures an answer may be switched between. */
export const pictures = (said: AskAnswer): ('chart' | 'table')[] => (!said.answer || said.chart === 'figure' || said.chart === 'causes' ? [] : said.chart === 'table' ? ['table'] : ['chart', 'table'])

/** What to send next for an option of a question back. */
export const optionText = (option: { label: string }) => option.label

/** The dimensions of an explanation, those that hold the named causes first. */
export function leading<T extends { dimension: string }>(by: T[], first: string[]): T[] {
  const place = (one: T) => (first.includes(one.dimension) ? first.indexOf(one.dimension) : first.length)
  return [...by].sort((a, b) => place(a) - place(b))
}
