import { describe, expect, it } from 'vitest'
import { find, type Door } from './find'

const doors: Door[] = [
  { kind: 'pages', key: 'metrics', label: '指标中心', to: '/metrics' },
  { kind: 'metrics', key: 'avg_length_of_stay', label: '平均住院日', to: '/metrics/avg_length_of_stay', also: ['平均住院天数', 'ALOS'] },
  { kind: 'departments', key: 'D0403', label: '骨科', to: '/department?department=D0403' },
]

describe('search everything', () => {
  it.each([['pjzyr', 'avg_length_of_stay'], ['alos', 'avg_length_of_stay'], ['骨', 'D0403'], ['gk', 'D0403'], ['zbzx', 'metrics']])('%s → %s', (typed, key) => {
    expect(find(doors, typed).map((door) => door.key)).toContain(key)
  })
  it('offers pages first and nothing that does not fit', () => {
    expect(find(doors, '').at(0)?.kind).toBe('pages')
    expect(find(doors, 'qqqq')).toEqual([])
  })
})
