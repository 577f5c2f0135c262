import type { Card, Column, MetricQuery, Ranking, Value } from '@/api/shapes'
import { number, type Tone } from '../format'
import { compare } from '../sift'

export interface Progress {
  share: number
  text: string
  tone: Tone
}

/** How far a card is on the way to its target; the server's word, else worked out from this year's value. */
export function progressOf(card: Card): Progress | null {
  const target = card.target?.value
  const value = card.columns.year?.value ?? card.columns.month?.value ?? null
  if (target === undefined || !target) return null
  const share = card.progress ?? (value === null ? null : card.better === 'down' ? (value ? (target / value) * 100 : 100) : (value / target) * 100)
  if (share === null) return null
  return { share: Math.max(share, 0), text: number(share, '%'), tone: share >= 100 ? 'good' : 'plain' }
}

export interface RankRow {
  key: string
  place: number
  name: string
  member: Value
  value: number | null
  base: number | null
  diff: number | null
  relative: number | null
  bar: number
}

/** Rows of a ranking from an Answer's columns; bars are shares of the largest size. */
export function rankRows(metric: string, by: string, columns: Column[], rows: Value[][], unnamed: string): RankRow[] {
  const at = (id: string) => columns.findIndex((column) => column.id === id)
  const named = columns.findIndex((column) => column.id === by || column.role === 'dimension')
  const [value, base, diff, relative] = [at(metric), at(`${metric}.yoy_base`), at(`${metric}.yoy_diff`), at(`${metric}.yoy`)]
  const figure = (row: Value[], index: number) => (index >= 0 && typeof row[index] === 'number' ? (row[index] as number) : null)
  const largest = Math.max(0, ...rows.map((row) => Math.abs(figure(row, value) ?? 0)))
  return rows.map((row, index) => {
    const member = row[named] ?? null
    const size = figure(row, value)
    return {
      key: `${index}:${String(member)}`,
      place: index + 1,
      name: member === null ? unnamed : String(member),
      member,
      value: size,
      base: figure(row, base),
      diff: figure(row, diff),
      relative: figure(row, relative),
      bar: largest && size !== null ? Math.max(0, (size / largest) * 100) : 0,
    }
  })
}

/** The ranking's question asked of another metric. */
export function asked(ranking: Ranking, metric: string): MetricQuery {
  return { ...ranking.query, metrics: [metric], order: { by: metric, dir: 'desc' }, compare: ['yoy'] }
}

export interface BedSummary {
  open: number
  used: number
  free: number
}

export function bedSummary(beds: { occupied: boolean }[]): BedSummary {
  const used = beds.filter((bed) => bed.occupied).length
  return { open: beds.length, used, free: beds.length - used }
}

export interface RankOrder {
  by: 'place' | 'name' | 'value' | 'change'
  up: boolean
}

/** The rows in the order of a column; the unknown stay last either way. */
export function order(rows: RankRow[], sorted: RankOrder, unit: string): RankRow[] {
  if (sorted.by === 'place' && sorted.up) return rows
  const read = { place: (row: RankRow) => row.place, name: (row: RankRow) => row.name, value: (row: RankRow) => row.value, change: (row: RankRow) => (unit === '%' ? row.diff : row.relative) }[sorted.by]
  const known = rows.filter((row) => read(row) !== null).sort((a, b) => compare(read(a), read(b)) * (sorted.up ? 1 : -1))
  return [...known, ...rows.filter((row) => read(row) === null)]
}

/** The cards to draw: one that already stands as a part of another (耗占比 beside 药占比) is not drawn twice. */
export function cardsOf(cards: Card[]): Card[] {
  return cards.filter((card) => !cards.some((other) => other !== card && other.parts.some((part) => (part.id ?? part.cell?.metric) === card.id)))
}
