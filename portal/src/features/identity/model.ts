import type { components } from '@/api/schema'

export type Task = components['schemas']['ReviewTask']
export type Person = components['schemas']['PersonCardOut']
export type Pair = components['schemas']['ReviewPair']
export type Queue = components['schemas']['ReviewQueue']
export type Verdict = 'same' | 'different' | 'later'

export const FIELDS = ['name', 'gender', 'birth', 'id_card', 'phone', 'card_no', 'address'] as const
export type Field = (typeof FIELDS)[number]
export const STATES = ['open', 'later', 'second', 'done'] as const

/** One bar of the waterfall: where it begins and how wide it is, in % of the whole span. */
export interface Bar { field: string; said: string; weight: number; from: number; wide: number }

/** The weights of a pair one after another, each bar beginning where the one before ended. */
export function waterfall(fields: Task['fields']): Bar[] {
  let at = 0
  const steps = fields.map((f) => {
    const before = at
    at += f.weight
    return { f, low: Math.min(before, at), high: Math.max(before, at) }
  })
  const low = Math.min(0, ...steps.map((s) => s.low))
  const span = Math.max(0, ...steps.map((s) => s.high)) - low || 1
  return steps.map(({ f, low: from, high }) => ({ field: f.field, said: f.said, weight: f.weight, from: ((from - low) / span) * 100, wide: ((high - from) / span) * 100 }))
}

/** What a person's rows say of a field, each value once. */
export function valuesOf(person: Person, field: Field): string[] {
  return [...new Set(person.patients.map((p) => p[field] ?? '').filter(Boolean))]
}

/** Which verdict a key stands for; nothing while a text is typed or a modifier is held. */
export function verdictOf(key: string, typing: boolean, held: boolean): Verdict | 'undo' | null {
  if (typing || held) return null
  return ({ j: 'same', k: 'different', l: 'later', u: 'undo' } as const)[key.toLowerCase() as 'j'] ?? null
}

/** The task to look at after this one. */
export function nextOf(tasks: Task[], id: number): number | null {
  const at = tasks.findIndex((task) => task.id === id)
  return (tasks[at + 1] ?? tasks[at - 1])?.id ?? null
}
