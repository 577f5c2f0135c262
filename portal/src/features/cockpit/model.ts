/** The campus switch: the whole hospital first, then each campus. */
export function campusOptions(campuses: { value: string; label: string }[], whole: string): { value: string; label: string }[] {
  return [{ value: '', label: whole }, ...campuses.map(({ value, label }) => ({ value, label }))]
}

export type Way = 'department' | 'ward' | 'doctor_group'

/** What the ranking goes by; an address that names something else means departments. */
export const wayOf = (text: string): Way => (text === 'ward' || text === 'doctor_group' ? text : 'department')
