import { expect, it } from 'vitest'
import { compare, sift } from './sift'

it('finds rows by any cell', () => {
  const rows = [{ name: '骨科', n: 12 }, { name: '妇科', n: 7 }]
  const cells = [(row: (typeof rows)[0]) => row.name, (row: (typeof rows)[0]) => row.n]
  expect(sift(rows, cells, 'gk')).toEqual([rows[0]])
  expect(sift(rows, cells, '7')).toEqual([rows[1]])
  expect(sift(rows, cells, ' ')).toBe(rows)
})

it('sorts numbers by size, words by pinyin, the unknown last', () => {
  expect([12, 7, null].sort(compare)).toEqual([7, 12, null])
  expect(['骨科', '儿科', '妇科'].sort(compare)).toEqual(['儿科', '妇科', '骨科'])
})
