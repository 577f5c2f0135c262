import type { Asked, Edge, Node } from './door'

export const DEFAULT_EDGES = 30

/** The cohort as the address bar holds it. */
export function cohortOf(said: { unit: string; department: string; diagnosis: string; start: string; end: string; passed: string; without: string; only: string }): Asked {
  const listed = (text: string) => text.split('|').filter(Boolean)
  return {
    unit: said.unit === 'visit' ? 'visit' : 'stay',
    departments: listed(said.department),
    diagnosis: said.diagnosis || null,
    start: said.start || null,
    end: said.end || null,
    passed: listed(said.passed),
    without: listed(said.without),
    only: listed(said.only),
  }
}

/** The edges most walked, and the activities they touch; every activity keeps at least its strongest edge. */
export function sparse(edges: Edge[], most: number): Edge[] {
  const chosen = edges.filter((edge) => edge.before !== edge.after).slice(0, most)
  const touched = new Set(chosen.flatMap((edge) => [edge.before, edge.after]))
  return [...chosen, ...edges.filter((edge) => edge.before === edge.after && touched.has(edge.before)).slice(0, 8)]
}

export const nodesOf = (nodes: Node[], edges: Edge[]): Node[] => {
  const touched = new Set(edges.flatMap((edge) => [edge.before, edge.after]))
  return nodes.filter((node) => touched.has(node.activity))
}

/** A span in the unit a person would say. */
export function spanOf(seconds: number | null): { unit: 'minutes' | 'hours' | 'days'; n: string } | null {
  if (seconds === null) return null
  const minutes = seconds / 60
  if (Math.abs(minutes) < 120) return { unit: 'minutes', n: minutes.toFixed(minutes < 10 ? 1 : 0) }
  if (Math.abs(minutes) < 48 * 60) return { unit: 'hours', n: (minutes / 60).toFixed(1) }
  return { unit: 'days', n: (minutes / 1440).toFixed(1) }
}

export const thickness = (count: number, most: number): number => 1 + 5 * Math.sqrt(count / Math.max(most, 1))

/** Edges that cost most, by p90 × times: the worst tenth of those drawn, at most five. */
export function slow(edges: Edge[]): Set<string> {
  const cost = (edge: Edge) => Math.max(edge.p90_seconds ?? 0, 0) * edge.count
  const worst = [...edges].sort((a, b) => cost(b) - cost(a)).slice(0, Math.min(5, Math.ceil(edges.length / 10)))
  return new Set(worst.filter((edge) => cost(edge) > 0).map(nameOf))
}

export const nameOf = (edge: Pick<Edge, 'before' | 'after'>): string => `${edge.before}→${edge.after}`

export const shareOf = (part: number, whole: number): string => (whole ? `${((part / whole) * 100).toFixed(1)}%` : '—')
