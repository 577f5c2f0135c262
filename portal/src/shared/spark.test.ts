import { describe, expect, it } from 'vitest'
import { spark } from './spark'

const days = (values: (number | null)[]) => values.map((value, at) => ({ day: `2026-10-${String(at + 1).padStart(2, '0')}`, value }))

describe('sparkline', () => {
  it('breaks where a day is unknown', () => {
    expect(spark(days([1, null, 3, 4]), 100, 40, null)?.line.match(/M/g)).toHaveLength(2)
  })
  it('draws a target near the values and drops a distant one', () => {
    expect(spark(days([8, 9, 10]), 100, 40, 8.5)?.target).not.toBeNull()
    expect(spark(days([8, 9, 10]), 100, 40, 90)?.target).toBeNull()
  })
  it('needs two days', () => {
    expect(spark(days([null, 4]), 100, 40, null)).toBeNull()
  })
  it('stands level values without dividing by zero', () => {
    expect(spark(days([5, 5, 5]), 100, 40, null)?.line).not.toContain('NaN')
  })
})
