// Numbers and dates as a hospital writes them. Exact values go to tooltips; nothing else formats.

export type Tone = 'good' | 'bad' | 'plain'
export type Direction = 'up' | 'down' | 'level'

export const UNKNOWN = '—'
const POINTS = '个百分点'

const grouped = (value: number, digits: number) =>
  value.toLocaleString('zh-CN', { minimumFractionDigits: 0, maximumFractionDigits: digits, useGrouping: true })
const fixed = (value: number, digits: number) =>
  value.toLocaleString('zh-CN', { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: true })

const WHOLE = new Set(['人次', '人', '台', '例', '张', '次', '份', '床日', '行', '条', '床', '项'])

function digitsFor(value: number, unit: string | null | undefined): number {
  if (Number.isInteger(value) && (unit === '元' || WHOLE.has(unit ?? ''))) return 0
  if (unit === '元') return Math.abs(value) >= 1000 ? 0 : 2
  if (unit === '次') return 2
  if (WHOLE.has(unit ?? '')) return 1
  if (!unit || unit === '比值') return Number.isInteger(value) ? 0 : 2
  return 1
}

/** 9,876 · 12.3万 · 1,844万 · 1.23亿 · 12.3; without the unit, except the percent sign. */
export function number(value: number | null | undefined, unit?: string | null): string {
  if (value === null || value === undefined || Number.isNaN(value)) return UNKNOWN
  if (value === 0) return unit === '%' ? '0%' : '0'
  if (unit === '%') return `${fixed(value, 1)}%`
  const size = Math.abs(value)
  if (size >= 99_995_000) return `${fixed(value / 1e8, 2)}亿`
  if (size >= 9_999_500) return `${fixed(value / 1e4, 0)}万`
  if (size >= 100_000) return `${fixed(value / 1e4, 1)}万`
  const digits = digitsFor(value, unit)
  return digits === 0 ? grouped(Math.round(value), 0) : fixed(value, digits)
}

/** A count of things whose unit is said elsewhere: 9,876 · 12.3万. */
export const count = (value: number | null | undefined): string => number(value, '条')

/** The number with its unit, for sentences: 12.3万元, 8.4天, 92.1%. */
export function quantity(value: number | null | undefined, unit?: string | null): string {
  const text = number(value, unit)
  if (text === UNKNOWN || !unit || unit === '%') return text
  return `${text}${/[A-Za-z]/.test(unit[0] ?? '') ? ' ' : ''}${unit}`
}

/** Every digit we were sent, grouped: for tooltips. */
export function exact(value: number | null | undefined, unit?: string | null): string {
  if (value === null || value === undefined) return UNKNOWN
  const text = value.toLocaleString('zh-CN', { maximumFractionDigits: 10 })
  return unit === '%' ? `${text}%` : `${text}${unit ? ` ${unit}` : ''}`
}

export function direction(change: number | null | undefined): Direction {
  if (!change) return 'level'
  return change > 0 ? 'up' : 'down'
}

/** Colour says good or bad: a rise is good only where the metric says so. */
export function tone(better: string | null | undefined, change: number | null | undefined): Tone {
  const way = direction(change)
  if (way === 'level' || (better !== 'up' && better !== 'down')) return 'plain'
  return way === better ? 'good' : 'bad'
}

/** Which of the two compare columns a metric shows: difference for %, else relative change. */
export function change(unit: string | null | undefined, relative: number | null, difference: number | null): number | null {
  return unit === '%' ? difference : relative
}

/** 3.2% or 1.5个百分点, without sign (the arrow bears it). */
export function changeText(unit: string | null | undefined, amount: number | null | undefined): string {
  if (amount === null || amount === undefined) return UNKNOWN
  const size = Math.abs(amount)
  if (size >= 1000 && unit !== '%') return `${fixed(size / 100 + Math.sign(amount), 1)}倍`
  const text = size !== 0 && size < 0.05 ? '<0.1' : size === 0 ? '0' : fixed(size, 1)
  return unit === '%' ? `${text}${POINTS}` : `${text}%`
}

/** 2026-11-02 10:32 from any ISO text; a plain day stays a day. */
export function moment(text: string | null | undefined): string {
  if (!text) return UNKNOWN
  return text.length <= 10 ? text : text.slice(0, 16).replace('T', ' ')
}

export function clockTime(text: string | null | undefined): string {
  if (!text) return UNKNOWN
  return text.length > 10 ? text.slice(11, 16) : text
}

export function dayOf(text: string | null | undefined): string {
  return text ? text.slice(0, 10) : UNKNOWN
}

/** 11-02 → for axes and small labels. */
export function shortDay(text: string): string {
  return text.length >= 10 ? text.slice(5, 10) : text
}

/** A cell of a table: numbers by unit, booleans in words, times by rule. */
export function cell(value: unknown, unit?: string | null): string {
  if (value === null || value === undefined || value === '') return UNKNOWN
  if (typeof value === 'number') return number(value, unit)
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (Array.isArray(value)) return value.map((item) => cell(item)).join('、') || UNKNOWN
  const text = String(value)
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? moment(text) : text
}
