import { describe, expect, it } from 'vitest'
import { matches } from './pinyin'

describe('pinyin initials', () => {
  it.each([
    ['平均住院日', 'pjzyr'], ['床位使用率', 'cwsyl'], ['门诊人次', 'mzrc'], ['骨科', 'gk'], ['重症医学科', 'zzyxk'], ['药占比', 'yzb'],
    ['心血管内科', 'xxg'], ['耳鼻咽喉科', 'ebyhk'], ['呼吸与危重症医学科', 'hxy'], ['CMI值', 'cmiz'], ['院长驾驶舱', 'yzjsc'], ['神经外科', 'sjwk'],
    ['儿科', 'ek'], ['妇科', 'fk'], ['急诊科', 'jzk'], ['感染科', 'grk'], ['康复医学科', 'kf'], ['手术台次', 'sstc'], ['医疗收入', 'ylsr'], ['肿瘤科', 'zlk'],
  ])('%s is found by %s', (text, typed) => {
    expect(matches(text, typed)).toBe(true)
  })
  it('finds by the characters themselves and not by chance', () => {
    expect(matches('平均住院日', '住院')).toBe(true)
    expect(matches('平均住院日', 'gk')).toBe(false)
  })
})
