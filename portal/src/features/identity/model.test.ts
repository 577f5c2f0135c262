import { describe, expect, it } from 'vitest'
import { nextOf, type Person, type Task, valuesOf, verdictOf, waterfall } from './model'

const weight = (field: string, value: number) => ({ field, level: 1, said: '相同', weight: value })

describe('waterfall', () => {
  it('starts each bar where the one before ended', () => {
    const bars = waterfall([weight('name', 6), weight('birth', 4), weight('phone', -2)])
    expect(bars.map((b) => [b.from, b.wide])).toEqual([[0, 60], [60, 40], [80, 20]])
  })
  it('shows evidence against from the left', () => {
    const bars = waterfall([weight('id_card', -5), weight('name', 10)])
    expect(bars.map((b) => [b.from, b.wide])).toEqual([[0, 50], [0, 100]])
  })
  it('draws nothing out of nothing', () => expect(waterfall([])).toEqual([]))
})

describe('keys', () => {
  it('decides by J, K, L and takes back by U', () => expect(['j', 'K', 'l', 'u', 'x'].map((k) => verdictOf(k, false, false))).toEqual(['same', 'different', 'later', 'undo', null]))
  it('leaves a person who types alone', () => expect([verdictOf('j', true, false), verdictOf('j', false, true)]).toEqual([null, null]))
})

it('goes on to the next task, or back at the end', () => {
  const tasks = [1, 2, 3].map((id) => ({ id }) as Task)
  expect([nextOf(tasks, 1), nextOf(tasks, 3), nextOf([{ id: 1 } as Task], 1)]).toEqual([2, 2, null])
})

it('says each value once', () => {
  const person = { patients: [{ name: '张*' }, { name: '张*' }, { name: '' }] } as unknown as Person
  expect(valuesOf(person, 'name')).toEqual(['张*'])
})
