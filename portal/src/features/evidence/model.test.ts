import { describe, expect, it } from 'vitest'
import { arrange, conditionsOf, contribution, originOf, periodOf, rowsOf } from './model'

const columns = ['stay_id', 'department', 'part', 'numerator', 'denominator', 'source', 'source_table', 'source_key'].map((id) => ({ id, label: id }))

describe('evidence', () => {
  it('puts the contribution apart and hides the origin in the link', () => {
    expect(arrange(columns)).toEqual({ shown: [0, 1], counted: [2, 3, 4] })
  })
  it('knows where a row came from', () => {
    expect(originOf(columns, ['ZY-1', '骨科', 'both', 8, 1, 'his_zy', 'ZY_BRRY', '1'])).toEqual({ source: 'his_zy', table: 'ZY_BRRY', key: '1' })
    expect(originOf(columns, ['ZY-1', '骨科', 'both', 8, 1, null, null, null])).toBeNull()
  })
  it('names rows by their place in the whole', () => {
    expect(rowsOf({ columns, rows: [['a'], ['b']], total: 200, value: 1, offset: 100, limit: 100 }).map((row) => row.key)).toEqual(['100', '101'])
  })
  it('shows every digit of a contribution', () => {
    expect([contribution(1234.56, { id: 'amount', unit: '元' }), contribution(8, { id: 'days' }), contribution(1566, { id: 'patient_key' })]).toEqual(['1,234.56', '8', '1566'])
  })
  it('says period and conditions', () => {
    expect(periodOf({ metrics: ['m'], time: { start: '2026-11-01', end: '2026-11-01' } })).toBe('2026-11-01')
    expect(periodOf({ metrics: ['m'], time: null })).toBeNull()
    const query = { metrics: ['m'], filters: [{ dimension: 'campus', op: 'in', values: ['总院'] }, { dimension: 'department', op: 'in', values: ['骨科'] }] }
    expect(conditionsOf(query, { department: '骨科' }, '未填')).toEqual([{ dimension: 'department', values: '骨科' }, { dimension: 'campus', values: '总院' }])
  })
})
