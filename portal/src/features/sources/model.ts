import type { Defect, SourceLine } from '@/api/shapes'

export type Bucket = 'placed' | 'merged' | 'flagged' | 'quarantined' | 'ignored'
export const BUCKETS: Bucket[] = ['placed', 'merged', 'flagged', 'quarantined', 'ignored']

/** Rows read that went nowhere: every source row must have found its place. */
export function astray(line: SourceLine): number {
  return line.rows_in - BUCKETS.reduce((sum, bucket) => sum + line[bucket], 0)
}

export function totals(lines: SourceLine[]): Pick<SourceLine, 'rows_in' | Bucket> {
  const sum = { rows_in: 0, placed: 0, merged: 0, flagged: 0, quarantined: 0, ignored: 0 }
  for (const line of lines) {
    sum.rows_in += line.rows_in
    for (const bucket of BUCKETS) sum[bucket] += line[bucket]
  }
  return sum
}

export interface Pile {
  department: string | null
  count: number
  families: { family: string; count: number }[]
}

/** Defects piled by department, the largest pile first. */
export function piles(defects: Defect[]): Pile[] {
  const byDepartment = new Map<string | null, Map<string, number>>()
  for (const defect of defects) {
    const department = defect.department ?? defect.owner ?? null
    const families = byDepartment.get(department) ?? new Map<string, number>()
    families.set(defect.family, (families.get(defect.family) ?? 0) + (defect.count ?? 1))
    byDepartment.set(department, families)
  }
  return [...byDepartment]
    .map(([department, families]) => ({
      department,
      count: [...families.values()].reduce((sum, count) => sum + count, 0),
      families: [...families].map(([family, count]) => ({ family, count })).sort((a, b) => b.count - a.count),
    }))
    .sort((a, b) => b.count - a.count)
}

export const defectTable = (defect: Defect) => defect.table ?? defect.source_table ?? ''

/** A load that did not end well, by the server's own word for it. */
export const troubled = (line: SourceLine) => /失败|待|异常|未|failed|error|partial/.test(line.state)
