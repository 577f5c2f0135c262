import { expect, it } from 'vitest'
import { nameOf, wardsOf } from './model'

const options = [{ value: 'D0403', label: '骨科' }]

it('names the department on show', () => {
  expect(nameOf({ department: { id: 'D0403', name: '骨科' } } as never, [], '', null)).toBe('骨科')
  expect(nameOf({ department: 'D0403' } as never, options, '', null)).toBe('骨科')
  expect(nameOf(undefined, options, 'D0403', null)).toBe('骨科')
  expect(nameOf(undefined, [], '', '妇科')).toBe('妇科')
})

it('lays beds out by ward and number', () => {
  const beds = [{ bed: '10', ward: '一', occupied: true }, { bed: '2', ward: '一', occupied: false }, { bed: '1', ward: null, occupied: false }]
  expect(wardsOf(beds, '其他').map((one) => [one.ward, one.beds.map((bed) => bed.bed)])).toEqual([['一', ['2', '10']], ['其他', ['1']]])
})
