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

/** Where a case is on the map: between two activities, and how far. */
export interface Token { before: string; after: string; share: number }

/** A case at one minute since its first step; null once it is over. Steps are (activity number, minute), in order. */
export function tokenAt(steps: [number, number][], names: string[], minute: number): Token | null {
  for (let at = 0; at + 1 < steps.length; at++) {
    const [before, since] = steps[at]!
    const [after, until] = steps[at + 1]!
    if (minute < until && minute >= since) return { before: names[before]!, after: names[after]!, share: (minute - since) / (until - since) }
  }
  return null
}

/** When nine of ten cases are over: the replay ends there, so that one very long case does not stretch it. */
export function endOf(cases: [number, number][][]): number {
  const lasted = cases.map((steps) => steps.at(-1)?.[1] ?? 0).sort((a, b) => a - b)
  return lasted.length ? lasted[Math.min(lasted.length - 1, Math.ceil(lasted.length * 0.9) - 1)]! : 0
}

/** How an edge of one cohort differs from the other's, by its share of cases: walked more, less, or much alike. */
export function leaning(edge: Edge, cases: number, other: Edge | undefined, otherCases: number): 'more' | 'less' | 'alike' {
  const gap = edge.cases / Math.max(cases, 1) - (other?.cases ?? 0) / Math.max(otherCases, 1)
  return Math.abs(gap) < 0.1 ? 'alike' : gap > 0 ? 'more' : 'less'
}
