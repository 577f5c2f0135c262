import { expect, it } from 'vitest'
import { safeNext } from './model'

it.each([
  ['/cockpit?campus=HQ', '/cockpit?campus=HQ'], [null, '/'], ['//evil.example', '/'], ['/\\evil.example', '/'], ['https://evil.example', '/'], ['/login', '/'],
])('%s leads to %s', (next, to) => {
  expect(safeNext(next)).toBe(to)
})
