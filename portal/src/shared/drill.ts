// Where a number leads 数字的去处: the address carries the question and the cell, so every view can be shared.
import type { Cell, MetricQuery } from '@/api/shapes'

export interface Spot {
  query: MetricQuery
  cell: Cell
}

export function spotSearch(spot: Spot): string {
  return new URLSearchParams({ q: JSON.stringify(spot.query), cell: JSON.stringify(spot.cell) }).toString()
}

export const definitionOf = (metric: string, spot?: Spot | null) =>
  `/metrics/${encodeURIComponent(metric)}${spot ? `?${spotSearch(spot)}` : ''}`

export const evidenceOf = (spot: Spot) => `/evidence?${spotSearch(spot)}`

export function recordOf(source: string, table: string, key: string, back?: string): string {
  const search = new URLSearchParams({ source, table, key })
  if (back) search.set('back', back)
  return `/record?${search.toString()}`
}

function parsed<T>(text: string | null): T | null {
  if (!text) return null
  try {
    return JSON.parse(text) as T
  } catch {
    return null
  }
}

/** The spot an address speaks of, or null when it names none or is garbled. */
export function spotIn(search: URLSearchParams): Spot | null {
  const query = parsed<MetricQuery>(search.get('q'))
  const cell = parsed<Cell>(search.get('cell'))
  if (!query || !Array.isArray(query.metrics) || !query.metrics.length) return null
  const metric = cell?.metric ?? query.metrics[0]
  return metric ? { query, cell: { metric, member: cell?.member ?? {} } } : null
}

/** A spot from the two optional halves an answer may carry. */
export function spotOf(query: MetricQuery | null | undefined, cell: Cell | null | undefined): Spot | null {
  const metric = cell?.metric ?? query?.metrics[0]
  return query && metric ? { query, cell: cell ?? { metric, member: {} } } : null
}
