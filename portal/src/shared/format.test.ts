import { describe, expect, it } from 'vitest'
import * as format from './format'

describe('numbers', () => {
  it.each([
    [9876, '人次', '9,876'],
    [12345, '人次', '12,345'],
    [123456, '人次', '12.3万'],
    [18438000, '元', '1,844万'],
    [123456789, '元', '1.23亿'],
    [99996000, '元', '1.00亿'],
    [12.34, '%', '12.3%'],
    [95, '%', '95.0%'],
    [0, '%', '0%'],
    [0, '人次', '0'],
    [8.37, '天', '8.4'],
    [8, '天', '8.0'],
    [1.0249, '', '1.02'],
    [312.4, '元', '312.40'],
    [9876.54, '元', '9,877'],
    [-1234, '元', '-1,234'],
  ])('%s %s reads %s', (value, unit, text) => {
    expect(format.number(value, unit)).toBe(text)
  })
  it('keeps unknown apart from zero', () => {
    expect(format.number(null, '人次')).toBe('—')
    expect(format.number(undefined)).toBe('—')
    expect(format.exact(null)).toBe('—')
  })
  it('says the unit in sentences', () => {
    expect(format.quantity(123456, '元')).toBe('12.3万元')
    expect(format.quantity(35.21, 'DDDs/百人天')).toBe('35.2 DDDs/百人天')
    expect(format.quantity(91.2, '%')).toBe('91.2%')
  })
  it('shows every digit in the tooltip', () => {
    expect(format.exact(1234567.891, '元')).toBe('1,234,567.891 元')
  })
})

describe('changes', () => {
  it('uses points for percentages', () => {
    expect(format.changeText('%', -1.54)).toBe('1.5个百分点')
    expect(format.changeText('人次', 3.21)).toBe('3.2%')
    expect(format.changeText('人次', 0)).toBe('0%')
    expect(format.changeText('人次', 0.01)).toBe('<0.1%')
    expect(format.changeText('人次', null)).toBe('—')
    expect(format.change('%', 10, 2)).toBe(2)
    expect(format.change('天', 10, 2)).toBe(10)
  })
  it('colours by better, not by direction', () => {
    expect(format.tone('down', -3)).toBe('good')
    expect(format.tone('down', 3)).toBe('bad')
    expect(format.tone('up', 3)).toBe('good')
    expect(format.tone('none', 3)).toBe('plain')
    expect(format.tone('up', null)).toBe('plain')
  })
})

describe('dates', () => {
  it('writes the house form', () => {
    expect(format.moment('2026-11-02T10:32:11')).toBe('2026-11-02 10:32')
    expect(format.moment('2026-11-02')).toBe('2026-11-02')
    expect(format.moment(null)).toBe('—')
    expect(format.clockTime('2026-11-02T10:32:11')).toBe('10:32')
  })
  it('reads cells', () => {
    expect(format.cell(true)).toBe('是')
    expect(format.cell(['a', 'b'])).toBe('a、b')
    expect(format.cell('2026-11-02T10:32:11')).toBe('2026-11-02 10:32')
    expect(format.cell('')).toBe('—')
  })
})
