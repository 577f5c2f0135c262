import { words } from '@/shared/i18n'

/** Words of the process map. */
export const useWords = words('process', {
  title: '流程图', say: '从事件日志画出，只含您看得到的事件', unit: '病例', stay: '住院', visit: '门急诊', department: '科室', anyDepartment: '全部科室', diagnosis: '诊断', diagnosisHint: '诊断名或编码，如 骨折、S72',
  start: '起', end: '止', passed: '经过', without: '未经过', only: '只看活动', against: '对比科室', edges: '连线', every: '全部 {{n}} 条', most: '最常走的 {{n}} 条',  
  cases: '病例', events: '事件', median: '中位时长', p90: '九成以内', variants: '路径种数', rework: '有返工的病例', waiting: '等待合计', service: '处理合计', other: '对比', hours: '{{n}} 小时', days: '{{n}} 天', minutes: '{{n}} 分钟', mapped: '流程图', 
  empty: '所选人群没有事件', emptySay: '放宽科室、时间或活动条件。', ways: '路径',  bottlenecks: '瓶颈', bottlenecksSay: '按等待九成位 × 次数', resources: '资源负荷', repeated: '返工', edge: '连线', count: '次数', caseCount: '病例数', wait: '等待中位', waitP90: '等待九成位',
  activity: '活动', resource: '资源', took: '处理中位', again: '同一病例再次', firsts: '开头', lasts: '结尾', behind: '经过的病例', case: '病例号', before: '前一步', after: '后一步', lasted: '等待',   close: '关闭', difference: '差',
  pathways: '路径符合', pathway: '选一条路径', conforming: '全部符合', judged: '适用', kept: '符合', rate: '符合率', span: '用时中位', rule: '规则', broken: '未符合的病例', noPathways: '医院文件夹里没有路径', noPathwaysSay: '写在 pathways 文件夹的 YAML 里。',  key: '线越粗走得越多；橙色为等待最久的连线', graph: '流程图，可用列表查看同样内容',
  replay: '回放', play: '播放', pause: '暂停', replayAt: '回放到的时刻', replaySay: '{{of}} 例中取 {{n}} 例，同时起步', keep: '存为指标', keepDays: '天数', keepWithin: '在', keepUnit: '天内', keepLabel: '指标名称', keepName: '{{before}}后{{n}}天内{{after}}率',
  keptNew: '口径已写入 {{file}}，可在指标中心查看：', keptOld: '这条连线已存过：', compareKey: '蓝：本人群走得更多的连线；灰虚线：对比科室走得更多；按病例占比，差一成以上才标',
})
