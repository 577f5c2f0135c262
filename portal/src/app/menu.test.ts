import { describe, expect, it } from 'vitest'
import type { Me } from '@/api/shapes'
import { homeOf, menuOf } from './menu'

const person = (role: string, can: string[] = []): Me => ({ name: role, display: role, role, department: null, hospital: '', demo: true, now: '', can, accounts: [] })
const keys = (me: Me) => menuOf(me).map((leaf) => leaf.key)

describe('menu by role', () => {
  it('shows the director the whole house but not the sources', () => {
    expect(keys(person('director'))).toEqual(['cockpit', 'department', 'ask', 'metrics'])
  })
  it('shows a head his department', () => {
    expect(keys(person('head'))).toEqual(['department', 'ask', 'metrics'])
    expect(homeOf(person('head'))).toBe('/department')
  })
  it('begins the information department at the sources', () => {
    expect(homeOf(person('it'))).toBe('/sources')
  })
  it('draws each leaf its own glyph', () => {
    const all = menuOf(person('it', ['cockpit', 'department', 'ask', 'metrics', 'patients', 'process', 'openings', 'sources', 'monitor', 'identity', 'audit']))
    expect(new Set(all.map((leaf) => leaf.glyph)).size).toBe(11)
  })
  it('follows the rights the server names', () => {
    expect(keys(person('nurse', ['metrics', 'export']))).toEqual(['metrics'])
  })
})
