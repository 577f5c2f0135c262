import { expect, it } from 'vitest'
import { campusOptions, wayOf } from './model'

it('puts the whole hospital before its campuses', () => {
  expect(campusOptions([{ value: 'HQ', label: '总院' }], '全院')).toEqual([{ value: '', label: '全院' }, { value: 'HQ', label: '总院' }])
})
it('falls back to departments', () => {
  expect([wayOf('ward'), wayOf('nonsense')]).toEqual(['ward', 'department'])
})
