// Line drawings 图标 of the house: one stroke, one size grid, the colour of the text around them.

const drawn = {
  cockpit: 'M4 15a8 8 0 1 1 16 0M12 15l4-5M4 19h16',
  department: 'M4 20V8l8-4 8 4v12M9 20v-5h6v5M12 7.5v4M10 9.5h4',
  metrics: 'M5 4h11l3 3v13H5zM9 9h6M9 13h6M9 17h3',
  sources: 'M5 6c0-1.7 3.1-3 7-3s7 1.3 7 3-3.1 3-7 3-7-1.3-7-3zM5 6v6c0 1.7 3.1 3 7 3s7-1.3 7-3V6M5 12v6c0 1.7 3.1 3 7 3s7-1.3 7-3v-6',
  ask: 'M4 5h16v11H11l-5 4v-4H4zM9 10.5h.01M12 10.5h.01M15 10.5h.01',
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21',
  thumb: 'M7 11v9H4v-9zM7 11l4-8c1.7 0 2.5 1 2.2 2.6L12.600 9H19l-1.600 9.500c-.2 1-.8 1.500-1.800 1.500H7',
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16 16l4.5 4.5',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  chevron: 'M9 6l6 6-6 6',
  down: 'M6 9l6 6 6-6',
  fold: 'M15 6l-6 6 6 6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  alert: 'M12 3.5l9 16H3zM12 10v4.5M12 17v.2',
  empty: 'M4 13l2.5-8h11L20 13v6H4zM4 13h5c.5 2 1.5 2.5 3 2.5s2.5-.5 3-2.5h5',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.5l3 2',
  info: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 11v5M12 8v.2',
  print: 'M7 9V4h10v5M7 17H4v-8h16v8h-3M7 14h10v6H7z',
  excel: 'M5 4h14v16H5zM5 9h14M5 14.5h14M11 9v11',
  arrow: 'M5 12h14M13 6l6 6-6 6',
  pulse: 'M3 12h4l2.5-6 4 12 2.5-6h5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  bed: 'M3 19v-12M3 15h18v4M21 15v-2.5a3 3 0 0 0-3-3h-8V15M6.5 10.5a1.5 1.5 0 1 1 0 .01',
  list: 'M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01',
  leave: 'M14 4H6v16h8M10 12h10M16.5 8.5L20 12l-3.5 3.5',
  route: 'M6 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM18 16a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM6 8v4a4 4 0 0 0 4 4h6M12 6h8',
  branches: 'M4 10h5v4H4zM15 4h5v4h-5zM15 16h5v4h-5zM9 12h3M12 6v12M12 6h3M12 18h3',
  people: 'M9 5a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM3 19c.6-3 2.900-4.500 6-4.500s5.400 1.500 6 4.500M16 5.500a3.200 3.200 0 0 1 0 6M17.500 14.800c1.900.6 3.100 2 3.500 4.200',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.8-3.5 3.7-5 7.5-5s6.7 1.5 7.5 5',
} as const

export type GlyphName = keyof typeof drawn

export function Glyph({ name, size = 18 }: { name: GlyphName; size?: number }) {
  return (
    <svg className="glyph" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.6} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={drawn[name]} />
    </svg>
  )
}

/** The mark of the house 枢: a hinge on which four doors turn. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <g className="mark-line" fill="none" strokeWidth="2.4" strokeLinecap="round">
        <path d="M16 6v5M16 21v5M6 16h5M21 16h5" />
        <circle cx="16" cy="16" r="5" />
      </g>
      <circle cx="16" cy="16" r="1.7" className="mark-dot" />
    </svg>
  )
}
