import { expect, test } from 'vitest'
import { changesOf, diffLines, flowOf, pathOf, shade, type Channel } from './model'

const channel = { label: 'HIS 就诊' } as Channel

test('a system and a table of one name are two ends, the channel is one', () => {
  const flow = flowOf([{ from: '住院', to: 'HIS 就诊', value: 3 }, { from: 'HIS 就诊', to: '住院', value: 2 }], [channel])
  expect(flow.nodes.map((node) => node.name)).toEqual(['from:住院', 'HIS 就诊', 'to:住院'])
  expect(flow.links).toEqual([{ source: 'from:住院', target: 'HIS 就诊', value: 3 }, { source: 'HIS 就诊', target: 'to:住院', value: 2 }])
})

test('an hour with one message is not blank, the busiest is darkest', () => {
  expect([0, 1, 20, 40].map((n) => shade(n, 40))).toEqual([0, 1, 2, 4])
  expect(shade(3, 0)).toBe(0)
})

test('the correction begins where the message stopped', () => {
  expect(pathOf('PV1-19.1 空')).toBe('PV1-19.1')
  expect(pathOf('人工搁置')).toBe('')
})

test('changes are said in words', () => {
  expect(changesOf({ messages: 2, placed: 2, failed: [], changed: { visit: 2, patient: 1 }, dry_run: true })).toBe('visit 2，patient 1')
})

test('a diff tells files, places, what is more and what is less', () => {
  expect(diffLines('--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same').map((one) => one.kind)).toEqual(['file', 'file', 'place', 'less', 'more', 'same'])
  expect(diffLines('')).toEqual([])
})
