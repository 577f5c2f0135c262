import { describe, expect, it } from 'vitest'
import { contrast, skins, type Palette } from './skins'

const words: (keyof Palette)[] = ['ink', 'ink2', 'ink3', 'primary', 'ok', 'warn', 'danger']
const grounds: (keyof Palette)[] = ['page', 'panel', 'sunken']
const pairs: [keyof Palette, keyof Palette][] = [
  ...words.flatMap((word) => grounds.map((ground): [keyof Palette, keyof Palette] => [word, ground])),
  ['primaryInk', 'primary'],
  ['deepInk', 'deep'],
  ['deepInk2', 'deep'],
  ['primary', 'primarySoft'],
  ['ink2', 'primarySoft'],
  ['ok', 'okSoft'],
  ['warn', 'warnSoft'],
  ['danger', 'dangerSoft'],
]

describe.each(Object.entries(skins))('skin %s', (_, palette) => {
  it.each(pairs)('%s on %s is readable', (word, ground) => {
    expect(contrast(palette[word] as string, palette[ground] as string)).toBeGreaterThanOrEqual(4.5)
  })
  it('series stand out from the panel', () => {
    for (const colour of palette.series) expect(contrast(colour, palette.panel)).toBeGreaterThanOrEqual(3)
  })
})
