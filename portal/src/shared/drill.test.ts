import { describe, expect, it } from 'vitest'
import { definitionOf, evidenceOf, spotIn, spotOf } from './drill'

const spot = {
  query: { metrics: ['avg_length_of_stay'], dimensions: ['department'], time: { start: '2026-10-01', end: '2026-10-31' } },
  cell: { metric: 'avg_length_of_stay', member: { department: '骨科' } },
}

describe('the address of a number', () => {
  it('comes back as it went out', () => {
    const search = new URLSearchParams(evidenceOf(spot).split('?')[1])
    expect(spotIn(search)).toEqual(spot)
    expect(definitionOf('cmi')).toBe('/metrics/cmi')
  })
  it('survives a garbled address', () => {
    expect(spotIn(new URLSearchParams('q={oops'))).toBeNull()
    expect(spotIn(new URLSearchParams(''))).toBeNull()
  })
  it('needs a question', () => {
    expect(spotOf(null, spot.cell)).toBeNull()
    expect(spotOf(spot.query, null)?.cell).toEqual({ metric: 'avg_length_of_stay', member: {} })
  })
})
