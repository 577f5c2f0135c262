// The colours of the house, once. CSS and charts read them from here; nothing else names a colour.

export const FONT = `"Segoe UI", "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif`

export type Skin = 'light' | 'dark'

export interface Palette {
  page: string
  panel: string
  sunken: string
  line: string
  hairline: string
  ink: string
  ink2: string
  ink3: string
  primary: string
  primaryInk: string
  primarySoft: string
  ok: string
  okSoft: string
  warn: string
  warnSoft: string
  danger: string
  dangerSoft: string
  track: string
  deep: string
  deepInk: string
  deepInk2: string
  shade: string
  series: readonly string[]
}

export const skins: Record<Skin, Palette> = {
  light: {
    page: '#F2F5F7',
    panel: '#FFFFFF',
    sunken: '#F7F9FA',
    line: '#D6DEE4',
    hairline: '#E8EDF1',
    ink: '#1F2A37',
    ink2: '#55606E',
    ink3: '#5F6B78',
    primary: '#0B6E8A',
    primaryInk: '#FFFFFF',
    primarySoft: '#E3F0F4',
    ok: '#1E7F4F',
    okSoft: '#EAF6EF',
    warn: '#A85B00',
    warnSoft: '#FFF7EB',
    danger: '#C0262D',
    dangerSoft: '#FDF0F0',
    track: '#DFE6EB',
    deep: '#0A4A5E',
    deepInk: '#FFFFFF',
    deepInk2: '#D3E6EC',
    shade: '#0F1923',
    series: ['#0B6E8A', '#3FA34D', '#4C7BD9', '#8C2F39', '#2A9D8F', '#1F2A37'],
  },
  dark: {
    page: '#0E161E',
    panel: '#16202B',
    sunken: '#1B2733',
    line: '#324150',
    hairline: '#243240',
    ink: '#E7EDF2',
    ink2: '#B2BECA',
    ink3: '#9AA8B6',
    primary: '#56BBD4',
    primaryInk: '#05222C',
    primarySoft: '#123540',
    ok: '#63CB95',
    okSoft: '#12301F',
    warn: '#EBB05B',
    warnSoft: '#33260F',
    danger: '#FF9090',
    dangerSoft: '#3A1A1D',
    track: '#2C3A48',
    deep: '#0B3442',
    deepInk: '#EAF4F7',
    deepInk2: '#B5D0D9',
    shade: '#000000',
    series: ['#56BBD4', '#6CCB78', '#86A8F0', '#E08A93', '#5FD0C2', '#E7EDF2'],
  },
}

const kebab = (name: string) => name.replace(/([A-Z0-9])/g, '-$1').toLowerCase()

/** CSS custom properties of one skin, e.g. `--ink-2: #55606E;`. */
export function properties(palette: Palette): string {
  const { series, ...named } = palette
  const plain = Object.entries(named).map(([name, colour]) => `--${kebab(name)}: ${colour};`)
  return [...plain, ...series.map((colour, at) => `--series-${at + 1}: ${colour};`)].join(' ')
}

/** The style sheet with both skins; paper is always light. */
export function skinSheet(): string {
  return [
    `:root { ${properties(skins.light)} color-scheme: light; }`,
    `:root[data-skin='dark'] { ${properties(skins.dark)} color-scheme: dark; }`,
    `@media print { :root, :root[data-skin='dark'] { ${properties(skins.light)} color-scheme: light; } }`,
  ].join('\n')
}

/** Contrast ratio (WCAG 2.2 §1.4.3) of two #RRGGBB colours. */
export function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    const [r, g, b] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
