import { describe, expect, it } from 'vitest'
import { figureQuery, parametersOf, reading, splitQuery, spoken, trendQuery, window, sides, whyRequest, whyRows } from './model'

const spot = {
  query: { metrics: ['m'], dimensions: ['department'], filters: [{ dimension: 'campus', op: 'in', values: ['总院'] }], time: { start: '2026-10-01', end: '2026-10-31', on: 'discharge' }, totals: true },
  cell: { metric: 'm', member: { department: '骨科' } },
}

describe('questions of a metric card', () => {
  it('looks back sixty days or thirteen months', () => {
    expect(window('2026-11-02T10:00:00', 'day')).toEqual({ start: '2026-09-04', end: '2026-11-02' })
    expect(window('2026-11-02', 'month')).toEqual({ start: '2025-11-01', end: '2026-11-02' })
  })
  it('keeps the figure’s filters and member in the trend', () => {
    const query = trendQuery('m', 'day', '2026-10-31', spot)
    expect(query.filters).toEqual([...spot.query.filters, { dimension: 'department', op: 'in', values: ['骨科'] }])
    expect(query.time?.on).toBe('discharge')
  })
  it('splits by department in the same period', () => {
    expect(splitQuery('m', spot, '2026-11-02').time).toEqual(spot.query.time)
    expect(splitQuery('m', null, '2026-11-02').time).toEqual({ start: '2026-11-01', end: '2026-11-02' })
    expect(figureQuery(spot)).toMatchObject({ totals: false, compare: ['yoy'] })
  })
  it('reads the clicked cell out of the answer', () => {
    const answer = { columns: ['department', 'm', 'm.yoy', 'm.yoy_diff'].map((id) => ({ id, label: id })), rows: [['妇科', 1, 2, 3], ['骨科', 8.4, -3, -0.2]] } as never
    expect(reading(answer, spot)).toEqual({ value: 8.4, yoy: -3, yoyDiff: -0.2 })
  })
})

it('reads parameters in either form', () => {
  expect(parametersOf({ window_days: 31 })).toEqual([['window_days', '31']])
  expect(parametersOf([{ id: 'k', value: 5 }])).toEqual([['k', '5']])
  expect(parametersOf([{ id: 'classes', label: '计入的患者类别', value: ['门急诊', '住院'] }])).toEqual([['计入的患者类别', '门急诊、住院']])
  expect(parametersOf(null)).toEqual([])
})

it('reads parts of a formula in words', () => {
  expect([spoken('出院人次'), spoken({ label: '床日' }), spoken({ sum: 'x' }), spoken(null)]).toEqual(['出院人次', '床日', null, null])
})

describe('why and reconcile', () => {
  const told = {
    metric: 'm', label: 'm', unit: '元', value: 10, base: 4, difference: 6, against: 'yoy', range: null, base_range: null, note: '',
    by: [{ dimension: 'department', label: '科室', parts: [{ member: 'a', label: 'a', value: 8, base: 1, amount: 8, mix: null, rate: null }], rest: { count: 3, amount: -2 } }],
  }
  it('the bars reach as far as their share of the largest, the rest is a line', () => {
    expect(whyRows(told, 'department', (n) => `其余 ${n}`).map((row) => [row.label, row.reach])).toEqual([['a', 1], ['其余 3', -0.25]])
    expect(whyRows(told, 'nothing', String)).toEqual([])
  })
  it('without a cell the month so far is asked about', () => {
    expect(whyRequest('m', null, '2025-07-14T08:00', 'mom')).toEqual({ query: { metrics: ['m'], time: { start: '2025-07-01', end: '2025-07-14' } }, against: 'mom' })
  })
  it('the other side keeps what it does not name', () => {
    const two = sides('m', null, '2025-07-14', { says: 5, start: '', end: '', asOf: '2025-07-10', red: false }, ['本页', '对方'])
    expect(two.b).toMatchObject({ says: 5, red_entries: false, query: { time: { start: '2025-07-01', end: '2025-07-14' }, as_of: '2025-07-10T23:59:59' } })
    expect(two.a.query.as_of).toBeUndefined()
  })
})
