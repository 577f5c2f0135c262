import { expect, it } from 'vitest'
import { backTo, filled } from './model'

it('keeps zero and drops emptiness', () => {
  const field = (value: string | number | null) => ({ name: 'a', label: null, value, masked: false })
  expect(filled([field(0), field(null), field(''), field('x')]).map((one) => one.value)).toEqual([0, 'x'])
})

it('leads back only within the site', () => {
  expect(backTo('/evidence?q=1')).toBe('/evidence?q=1')
  expect(backTo('//evil.example')).toBeNull()
  expect(backTo(null)).toBeNull()
})
