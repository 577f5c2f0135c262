/** The campus switch: the whole hospital first, then each campus. */
export function campusOptions(campuses: { value: string; label: string }[], whole: string): { value: string; label: string }[] {
  return [{ value: '', label: whole }, ...campuses.map(({ value, label }) => ({ value, label }))]
}
