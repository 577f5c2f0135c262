import { matches } from '@/shared/pinyin'

export interface Door {
  kind: 'pages' | 'metrics' | 'departments'
  key: string
  label: string
  note?: string
  to: string
  also?: readonly string[]
}

const rankOf = (door: Door, typed: string) => (door.label === typed ? 0 : door.label.startsWith(typed) ? 1 : 2)

/** What ⌘K finds: by name, synonym or pinyin initials; at most so many of each kind. */
export function find(doors: Door[], typed: string, each = 8): Door[] {
  const wanted = typed.trim()
  const found = doors.filter((door) => matches(door.label, wanted) || (door.also ?? []).some((other) => matches(other, wanted)))
  const kinds: Door['kind'][] = ['pages', 'metrics', 'departments']
  return kinds.flatMap((kind) =>
    found
      .filter((door) => door.kind === kind)
      .sort((a, b) => rankOf(a, wanted) - rankOf(b, wanted))
      .slice(0, wanted ? each : kind === 'pages' ? each : 5),
  )
}
