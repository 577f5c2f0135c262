import type { Me } from '@/api/shapes'
import type { GlyphName } from '@/shared/Glyph'

export interface Leaf {
  key: 'cockpit' | 'department' | 'ask' | 'metrics' | 'patients' | 'process' | 'openings' | 'sources' | 'monitor' | 'identity' | 'audit'
  to: string
  glyph: GlyphName
}

const leaves: Leaf[] = [
  { key: 'cockpit', to: '/cockpit', glyph: 'cockpit' },
  { key: 'department', to: '/department', glyph: 'department' },
  { key: 'ask', to: '/ask', glyph: 'ask' },
  { key: 'metrics', to: '/metrics', glyph: 'metrics' },
  { key: 'patients', to: '/patients', glyph: 'route' },
  { key: 'process', to: '/process', glyph: 'branches' },
  { key: 'openings', to: '/openings', glyph: 'check' },
  { key: 'sources', to: '/sources', glyph: 'sources' },
  { key: 'monitor', to: '/monitor', glyph: 'pulse' },
  { key: 'identity', to: '/identity', glyph: 'people' },
  { key: 'audit', to: '/audit', glyph: 'lock' },
]

const WHOLE_HOUSE = new Set(['director', 'finance', 'quality', 'it', 'auditor'])
const BY_ROLE: Record<Leaf['key'], (me: Me) => boolean> = {
  cockpit: (me) => WHOLE_HOUSE.has(me.role),
  department: () => true,
  ask: (me) => me.role !== 'auditor',
  metrics: () => true,
  patients: () => false,
  process: () => false,
  openings: () => false,
  sources: (me) => me.role === 'it' || me.role === 'quality',
  monitor: (me) => me.role === 'it' || me.role === 'quality',
  identity: (me) => me.role === 'it' || me.role === 'quality',
  audit: (me) => me.role === 'auditor',
}

/** The leaves a person may open: by his rights where the server names screens, else by his role. */
export function menuOf(me: Me): Leaf[] {
  const named = leaves.some((leaf) => me.can.includes(leaf.key))
  return leaves.filter((leaf) => (named ? me.can.includes(leaf.key) : BY_ROLE[leaf.key](me)))
}

/** Where a person's day begins. */
export function homeOf(me: Me): string {
  if (me.role === 'it') return '/sources'
  if (me.role === 'auditor') return '/audit'
  const first = menuOf(me)[0]
  return first?.to ?? '/metrics'
}
