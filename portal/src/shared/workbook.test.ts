import { expect, it } from 'vitest'
import { workbook } from './workbook'

it('is a zip of the five parts, stored, with escaped text', () => {
  const bytes = workbook('未对照编码', [['编码', '次数'], ['<A&B>', 12], [null, 0]])
  const text = new TextDecoder().decode(bytes)
  expect([...bytes.slice(0, 4)]).toEqual([0x50, 0x4b, 3, 4])
  expect(text).toContain('&lt;A&amp;B&gt;')
  expect(text).toContain('<c><v>12</v></c>')
  expect(text).toContain('<c/><c><v>0</v></c>')
  const end = new DataView(bytes.buffer, bytes.length - 22)
  expect(end.getUint16(10, true)).toBe(5)
  expect(end.getUint32(16, true) + end.getUint32(12, true) + 22).toBe(bytes.length)
})
