import type { RecordField } from '@/api/shapes'

export const isEmpty = (field: RecordField) => field.value === null || field.value === ''

/** Only a path inside this site leads back. */
export function backTo(text: string | null): string | null {
  return text && /^\/(?![/\\])/.test(text) ? text : null
}

export function filled(fields: RecordField[]): RecordField[] {
  return fields.filter((field) => !isEmpty(field))
}
