import { describe, expect, it } from 'vitest'
import type { Edge } from './door'
import { cohortOf, endOf, leaning, nodesOf, shareOf, slow, spanOf, sparse, thickness, tokenAt } from './model'

const edge = (before: string, after: string, count: number, p90 = 60): Edge => ({ before, after, count, cases: count, median_seconds: 30, p90_seconds: p90 })

it('reads the cohort from the address', () => {
  expect(cohortOf({ unit: 'visit', department: 'D1|D2', diagnosis: '', start: '2025-01-01', end: '', passed: '手术', without: '', only: '' })).toEqual({
    unit: 'visit', departments: ['D1', 'D2'], diagnosis: null, start: '2025-01-01', end: null, passed: ['手术'], without: [], only: [],
  })
})

describe('a map that can be read', () => {
  const edges = [edge('a', 'a', 90), edge('a', 'b', 50), edge('b', 'c', 40, 6000), edge('x', 'y', 1)]
  it('draws the strongest edges and loops of what they touch', () => {
    expect(sparse(edges, 2).map((e) => `${e.before}${e.after}`)).toEqual(['ab', 'bc', 'aa'])
    expect(nodesOf([{ activity: 'a' }, { activity: 'x' }] as never, sparse(edges, 2)).map((n) => n.activity)).toEqual(['a'])
  })
  it('marks what costs most', () => expect([...slow(edges)]).toEqual(['b→c']))
  it('never draws a line of no width', () => {
    expect(thickness(0, 0)).toBe(1)
    expect(thickness(10, 10)).toBe(6)
  })
})

it('says spans and shares', () => {
  expect(spanOf(null)).toBeNull()
  expect(spanOf(300)).toEqual({ unit: 'minutes', n: '5.0' })
  expect(spanOf(4 * 3600)).toEqual({ unit: 'hours', n: '4.0' })
  expect(spanOf(5 * 86400)).toEqual({ unit: 'days', n: '5.0' })
  expect(shareOf(1, 4)).toBe('25.0%')
  expect(shareOf(1, 0)).toBe('—')
})

describe('the replay', () => {
  const steps: [number, number][] = [[0, 0], [1, 10], [1, 10], [2, 30]]
  it('puts a case on the line it walks', () => {
    expect(tokenAt(steps, ['a', 'b', 'c'], 0)).toEqual({ before: 'a', after: 'b', share: 0 })
    expect(tokenAt(steps, ['a', 'b', 'c'], 5)).toEqual({ before: 'a', after: 'b', share: 0.5 })
    expect(tokenAt(steps, ['a', 'b', 'c'], 10)).toEqual({ before: 'b', after: 'c', share: 0 })
    expect(tokenAt(steps, ['a', 'b', 'c'], 30)).toBeNull()
    expect(tokenAt([[0, 0]], ['a'], 0)).toBeNull()
  })
  it('ends when nine of ten are over', () => {
    expect(endOf([])).toBe(0)
    expect(endOf(Array.from({ length: 10 }, (_, n) => [[0, 0], [1, n === 9 ? 9000 : n + 1]]))).toBe(9)
  })
})

it('compares two cohorts edge by edge', () => {
  expect(leaning(edge('a', 'b', 50), 100, edge('a', 'b', 20), 100)).toBe('more')
  expect(leaning(edge('a', 'b', 5), 100, edge('a', 'b', 20), 100)).toBe('less')
  expect(leaning(edge('a', 'b', 5), 100, undefined, 100)).toBe('alike')
})
