import { describe, expect, it } from 'vitest'
import type { Mark } from './door'
import { axisOf, clock, longest, recordOf, spanOf, stack } from './model'

const mark = (event_id: string, completed: string, started: string | null = null): Mark =>
  ({ event_id, completed, started, lane: 'labs', activity: 'x', contact: null, department: null, resource: null, object_kind: 'exam', object_id: event_id, source: 's', source_table: 't', source_key: 'k' }) as Mark

describe('one axis of time', () => {
  it('holds every mark and orders them', () => {
    const axis = axisOf([mark('a', '2025-01-01T08:00:00'), mark('b', '2025-01-01T09:00:00', '2025-01-01T08:30:00')], 800)!
    expect(axis.at('2025-01-01T08:00:00')).toBeGreaterThanOrEqual(0)
    expect(axis.at('2025-01-01T09:00:00')).toBeLessThanOrEqual(800)
    expect(axis.ticks.length).toBeGreaterThan(1)
    expect(axis.ticks.length).toBeLessThan(12)
  })
  it('stands for a single moment and for twenty years', () => {
    expect(axisOf([mark('a', '2025-01-01T08:00:00')], 800)!.ticks.length).toBeGreaterThan(0)
    const long = axisOf([mark('a', '2005-01-01T08:00:00'), mark('b', '2025-01-01T08:00:00')], 800)!
    expect(long.ticks.length).toBeLessThan(12)
    expect(axisOf([], 800)).toBeNull()
  })
  it('reads times as the hospital wrote them', () => expect(new Date(clock('2025-01-01 08:00:00')).toISOString()).toBe('2025-01-01T08:00:00.000Z'))
})

it('puts marks that would lie on one another into rows', () => {
  const marks = [mark('a', '2025-01-01T08:00:00'), mark('b', '2025-01-01T08:00:10'), mark('c', '2025-01-02T08:00:00')]
  const rows = stack(marks, axisOf(marks, 800)!)
  expect([rows.get('a'), rows.get('b'), rows.get('c')]).toEqual([0, 1, 0])
})

it('says spans as people do', () => {
  expect(spanOf(45)).toEqual({ unit: 'minutes', n: '45' })
  expect(spanOf(180)).toEqual({ unit: 'hours', n: '3.0' })
  expect(spanOf(7200)).toEqual({ unit: 'days', n: '5.0' })
})

it('lists the longest waits first and opens the record with the way back', () => {
  const wait = (minutes: number) => ({ lane: 'labs', before: 'a', after: 'b', since: '2025-01-01', until: '2025-01-01', minutes })
  expect(longest([wait(3), wait(9), wait(5)], 2).map((w) => w.minutes)).toEqual([9, 5])
  expect(recordOf({ source: 'lis', source_table: null, source_key: '1|2' }, '/patients/3')).toBe('/record?source=lis&table=&key=1%7C2&back=%2Fpatients%2F3')
})
