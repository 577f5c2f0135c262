import { expect, it } from 'vitest'
import { astray, piles, totals } from './model'

const line = { name: 'a', label: 'a', kind: 'csv', last_load: null, rows_in: 10, placed: 5, merged: 2, flagged: 1, quarantined: 1, ignored: 1, state: '' }

it('accounts for every row', () => {
  expect(astray(line)).toBe(0)
  expect(astray({ ...line, placed: 3 })).toBe(2)
  expect(totals([line, line])).toEqual({ rows_in: 20, placed: 10, merged: 4, flagged: 2, quarantined: 2, ignored: 2 })
})

it('piles defects by department', () => {
  const defect = (department: string | null, family: string, count?: number) => ({ department, family, source: 's', count })
  expect(piles([defect('骨科', 'bad_id'), defect('骨科', 'orphan', 3), defect(null, 'orphan')])).toEqual([
    { department: '骨科', count: 4, families: [{ family: 'orphan', count: 3 }, { family: 'bad_id', count: 1 }] },
    { department: null, count: 1, families: [{ family: 'orphan', count: 1 }] },
  ])
})
