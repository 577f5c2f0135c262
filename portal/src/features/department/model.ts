import type { Bed, DepartmentBoard } from '@/api/shapes'

/** The name of the department on show: the server's word, else the one picked, else one's own. */
export function nameOf(board: DepartmentBoard | undefined, options: { value: string; label: string }[], picked: string, own: string | null | undefined): string {
  const said = board?.department
  if (said && typeof said === 'object') return said.name
  const wanted = typeof said === 'string' && said ? said : picked
  return options.find((one) => one.value === wanted)?.label ?? (wanted || own || '')
}

/** Beds in the order of their wards, each ward by bed number. */
export function wardsOf(beds: Bed[], unnamed: string): { ward: string; beds: Bed[] }[] {
  const wards = new Map<string, Bed[]>()
  for (const bed of beds) {
    const ward = bed.ward ?? unnamed
    wards.set(ward, [...(wards.get(ward) ?? []), bed])
  }
  const byNumber = (a: Bed, b: Bed) => a.bed.localeCompare(b.bed, 'zh-CN', { numeric: true })
  return [...wards].map(([ward, all]) => ({ ward, beds: all.sort(byNumber) }))
}

export const LONG_STAY = 30
