import { describe, expect, it } from 'vitest'
import type { Card } from '@/api/shapes'
import { asked, bedSummary, cardsOf, order, progressOf, rankRows } from './model'

const card = (more: Partial<Card>): Card => ({
  id: 'm', label: 'm', unit: '%', better: 'down', target: { value: 28, source: null }, columns: {}, progress: null, sparkline: [], notes: [], parts: [], ...more,
})
const standing = (value: number) => ({ value, yoy: null, yoy_diff: null, query: null, cell: null })

describe('progress to the target', () => {
  it('takes the word of the server', () => {
    expect(progressOf(card({ progress: 95.5 }))).toEqual({ share: 95.5, text: '95.5%', tone: 'plain' })
  })
  it('turns round where less is better', () => {
    expect(progressOf(card({ columns: { year: standing(25) } }))?.tone).toBe('good')
    expect(progressOf(card({ better: 'up', columns: { year: standing(25) } }))?.tone).toBe('plain')
  })
  it('is silent without a target or a value', () => {
    expect(progressOf(card({ target: null }))).toBeNull()
    expect(progressOf(card({}))).toBeNull()
  })
})

describe('ranking', () => {
  const columns = ['department', 'discharges', 'discharges.yoy_base', 'discharges.yoy_diff', 'discharges.yoy'].map((id) => ({ id, label: id }))
  it('reads an answer by column id', () => {
    const [first, second] = rankRows('discharges', 'department', columns, [['骨科', 50, 40, 10, 25], [null, 25, null, null, null]], '未填')
    expect(first).toMatchObject({ place: 1, name: '骨科', value: 50, relative: 25, bar: 100 })
    expect(second).toMatchObject({ name: '未填', member: null, bar: 50, relative: null })
  })
  it('sorts by any column, the unknown last', () => {
    const rows = rankRows('discharges', 'department', columns, [['骨科', 50, 40, 10, 25], ['儿科', null, null, null, null], ['妇科', 25, 20, 5, 30]], '未填')
    const names = (by: 'name' | 'value' | 'change', up: boolean) => order(rows, { by, up }, '人次').map((row) => row.name)
    expect(names('value', true)).toEqual(['妇科', '骨科', '儿科'])
    expect(names('change', false)).toEqual(['妇科', '骨科', '儿科'])
    expect(names('name', true)).toEqual(['儿科', '妇科', '骨科'])
  })
  it('asks the same of another metric', () => {
    const query = { metrics: ['a'], dimensions: ['ward'], order: { by: 'a', dir: 'desc' as const } }
    expect(asked({ query } as never, 'b')).toMatchObject({ metrics: ['b'], dimensions: ['ward'], order: { by: 'b', dir: 'desc' } })
  })
})

it('draws no card twice', () => {
  const part = { id: 'consumable_ratio', label: '耗占比', value: 1, unit: '%' }
  const cards = [card({ id: 'drug_cost_ratio', parts: [part] }), card({ id: 'consumable_ratio' }), card({ id: 'cmi' })]
  expect(cardsOf(cards).map((one) => one.id)).toEqual(['drug_cost_ratio', 'cmi'])
})

it('counts beds', () => {
  expect(bedSummary([{ occupied: true }, { occupied: false }, { occupied: true }])).toEqual({ open: 3, used: 2, free: 1 })
})
