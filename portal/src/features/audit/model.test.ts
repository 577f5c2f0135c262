import { expect, it } from 'vitest'
import { actionName, asked, pageOf } from './model'

it('asks only for what was chosen', () => {
  expect(asked({ viewer: '', action: '', object: '  ', page: 1 })).toEqual({ viewer: undefined, action: undefined, object: undefined, limit: 50, offset: 0 })
  expect(asked({ viewer: 'it', action: 'export', object: ' rows ', page: 3 })).toEqual({ viewer: 'it', action: 'export', object: 'rows', limit: 50, offset: 100 })
})

it('names actions for people and leaves unknown ones as stored', () => {
  expect(actionName('export')).toBe('导出')
  expect(actionName('local/load')).toBe('local/load')
})

it('reads a page from the address', () => {
  expect([pageOf('3'), pageOf(''), pageOf('-2'), pageOf('x')]).toEqual([3, 1, 1, 1])
})
