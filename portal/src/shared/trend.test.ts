import { expect, it } from 'vitest'
import { skins } from '@/app/skins'
import { missed, trendOf, trendOption } from './trend'

const answer = {
  columns: [{ id: 'day', label: '日' }, { id: 'm', label: 'm', unit: '天' }, { id: 'm.yoy_base', label: '去年同期', unit: '天' }],
  rows: [['2026-10-01', 8.2, 8.9], ['2026-10-02', null, 8.7]],
} as never
const words = { now: '本期', before: '去年同期', target: '目标' }

it('reads the series of an answer', () => {
  expect(trendOf(answer, 'm')).toEqual({ days: ['2026-10-01', '2026-10-02'], now: [8.2, null], before: [8.9, 8.7] })
})
it('leaves out last year where there is none', () => {
  const bare = { days: ['2026-10-01'], now: [1], before: [null] }
  expect((trendOption(bare, '天', null, words, skins.light, 'x').series as unknown[]).length).toBe(1)
  expect((trendOption(trendOf(answer, 'm'), '天', 8, words, skins.light, 'x').series as unknown[]).length).toBe(2)
})
it('knows the wrong side of a target', () => {
  expect(missed('down', 9, 8)).toBe(true)
  expect(missed('up', 9, 8)).toBe(false)
  expect(missed('none', 9, 8)).toBe(false)
})
