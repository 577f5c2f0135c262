import type { Column, Evidence, MetricQuery, Value } from '@/api/shapes'
import { exact } from '@/shared/format'

export const PAGE = 100

export interface EvidenceRow {
  key: string
  cells: Value[]
}

const SYSTEM = new Set(['source', 'source_table', 'source_key'])
const TAIL = ['part', 'numerator', 'denominator']

/** What is read first stands first: how a row counts, then the row itself; its origin becomes the link. */
export function arrange(columns: Column[]): { shown: number[]; counted: number[] } {
  const at = new Map(columns.map((column, index) => [column.id, index]))
  const counted = TAIL.flatMap((id) => (at.has(id) ? [at.get(id)!] : []))
  const shown = columns.flatMap((column, index) => (SYSTEM.has(column.id) || TAIL.includes(column.id) ? [] : [index]))
  return { shown, counted }
}

export function rowsOf(evidence: Evidence): EvidenceRow[] {
  return evidence.rows.map((cells, at) => ({ key: String(evidence.offset + at), cells }))
}

/** Where a row came from: system, table and key, or null when the server did not say. */
export function originOf(columns: Column[], cells: Value[]): { source: string; table: string; key: string } | null {
  const read = (id: string) => {
    const at = columns.findIndex((column) => column.id === id)
    const value = at < 0 ? null : cells[at]
    return value === null || value === undefined ? '' : String(value)
  }
  const [source, table, key] = [read('source'), read('source_table'), read('source_key')]
  return source && key ? { source, table, key } : null
}

/** The period of a question in plain words: one day or from–to. */
export function periodOf(query: MetricQuery): string | null {
  const time = query.time
  if (!time) return null
  return time.start === time.end ? time.start : `${time.start} — ${time.end}`
}

/** Members and filters as label–value pairs for the head of the page. */
export function conditionsOf(query: MetricQuery, member: Record<string, Value>, unknown: string): { dimension: string; values: string }[] {
  const members = Object.entries(member).map(([dimension, value]) => ({ dimension, values: value === null ? unknown : String(value) }))
  const filters = (query.filters ?? [])
    .filter((filter) => !(filter.dimension in member))
    .map((filter) => ({ dimension: filter.dimension, values: filter.values.map((value) => (value === null ? unknown : String(value))).join('、') }))
  return [...members, ...filters]
}

/** A figure of a row is shown with every digit it has, to add up by hand; a key is no figure. */
export const contribution = (value: number, column: Pick<Column, 'id' | 'unit'>) => (/_(key|id|no)$/.test(column.id) ? String(value) : exact(value, column.unit === '%' ? '%' : null))
