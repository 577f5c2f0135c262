import { describe, expect, it } from 'vitest'
import type { AskAnswer, MetricQuery } from '@/api/shapes'
import { bars, leading, memberText, pictures, presets, series, spotOfFigure, withCompare, withDimension, withFilter, withMetric, withoutMetric, withTime } from './model'

const query: MetricQuery = { metrics: ['a', 'b'], dimensions: ['department'], filters: [{ dimension: 'campus', op: 'in', values: ['总院'] }], time: { start: '2025-01-01', end: '2025-01-31', on: 'visit' }, compare: ['custom'], order: { by: 'a.yoy', dir: 'desc' }, limit: 5, having: [{ metric: 'a', op: '>', value: 3 }], share: true }

describe('changing a slot', () => {
  it('renames what spoke of the metric', () => {
    const changed = withMetric(query, 'a', 'c')
    expect(changed.metrics).toEqual(['c', 'b'])
    expect(changed.order?.by).toBe('c.yoy')
    expect(changed.having).toEqual([{ metric: 'c', op: '>', value: 3 }])
    expect(withMetric(query, null, 'c').metrics).toEqual(['a', 'b', 'c'])
    expect(withMetric(query, 'a', 'b').metrics).toEqual(['b'])
  })
  it('never leaves a query without a metric', () => {
    expect(withoutMetric(query, 'a')).toMatchObject({ metrics: ['b'], order: null, having: [] })
    expect(withoutMetric({ metrics: ['a'] }, 'a').metrics).toEqual(['a'])
  })
  it('drops what needs a dimension when the last one goes', () => {
    expect(withDimension(query, 'department', null)).toMatchObject({ dimensions: [], order: null, limit: null, share: false, having: [] })
    expect(withDimension(query, null, 'month').dimensions).toEqual(['department', 'month'])
    expect(withDimension(query, 'department', 'ward').dimensions).toEqual(['ward'])
  })
  it('replaces and removes filters', () => {
    expect(withFilter(query, 'campus', ['东院区'], 'not_in').filters).toEqual([{ dimension: 'campus', op: 'not_in', values: ['东院区'] }])
    expect(withFilter(query, 'campus', []).filters).toEqual([])
  })
  it('keeps the time axis and drops a custom base', () => {
    expect(withTime(query, '2025-02-01', '2025-02-28')).toMatchObject({ time: { on: 'visit', start: '2025-02-01', end: '2025-02-28' }, compare: [], compare_base: null })
    expect(withCompare(query, ['yoy']).compare).toEqual(['yoy'])
  })
  it('knows the usual spans across a year', () => {
    expect(presets('2025-01-15T08:00').lastMonth).toEqual(['2024-12-01', '2024-12-31'])
    expect(presets('2024-03-31').last12).toEqual(['2023-04-01', '2024-03-31'])
    expect(presets('2024-03-31').last30).toEqual(['2024-03-02', '2024-03-31'])
  })
})

const said = (over: Partial<AskAnswer>): AskAnswer => ({
  id: 1, question: '', behaviour: 'query', intent: '', sentence: '', phrases: [], query: null, chart: 'bars', chips: [], notes: [], about: '', options: [], reason: '', hint: '', metric: 'a', limits: null, explanation: null, causes: [], next: [],
  answer: { columns: [{ id: 'department', label: '科室', role: 'dimension' }, { id: 'a', label: '甲', role: 'metric', unit: '人次' }], rows: [['骨科', 2], [null, 9], ['儿科', null]], totals: null, marks: [], query: { metrics: ['a'], dimensions: ['department'] }, range: null, definitions: {}, data_through: null, as_of: null, incomplete: [], elapsed_ms: 1 },
  ...over,
})

describe('pictures', () => {
  it('sorts bars where no order was asked', () => {
    expect(bars(said({}), '未填').map((one) => one.name)).toEqual(['未填', '骨科', '儿科'])
  })
  it('marks what lies outside by its row', () => {
    expect(bars(said({ limits: { middle: 1, low: 0, high: 2, outside: [1], counted: 3 } }), '未填')[0]).toMatchObject({ name: '未填', outside: true })
  })
  it('draws a line a member, gaps where there is no row', () => {
    const answer = { ...said({}).answer!, columns: [{ id: 'month', label: '月' }, { id: 'campus', label: '院区' }, { id: 'a', label: '甲', role: 'metric' }], rows: [['2025-01', '总院', 1], ['2025-02', '东院区', 3]], query: { metrics: ['a'], dimensions: ['month', 'campus'] } }
    expect(series(answer as never, '未填')).toEqual({ days: ['2025-01', '2025-02'], lines: [{ name: '总院', values: [1, null] }, { name: '东院区', values: [null, 3] }] })
  })
  it('leads from a figure to its cell', () => {
    expect(spotOfFigure(said({}), { metric: 'a', column: 'a', value: 2, unit: '人次', member: { department: '骨科' } })?.cell).toEqual({ metric: 'a', member: { department: '骨科' } })
    expect(spotOfFigure(said({}), { metric: 'a', column: 'amount', value: 2, unit: '', member: {} })).toBeNull()
  })
  it('puts the dimensions of the causes first', () => {
    expect(leading([{ dimension: 'a' }, { dimension: 'b' }, { dimension: 'c' }], ['c', 'b']).map((one) => one.dimension)).toEqual(['c', 'b', 'a'])
  })
  it('says members and offers switches', () => {
    expect(memberText('weekday', '7', '未填')).toBe('周日')
    expect(pictures(said({ chart: 'figure' }))).toEqual([])
    expect(pictures(said({ chart: 'bars' }))).toEqual(['chart', 'table'])
  })
})
