import { words } from '@/shared/i18n'

export const useWords = words('ask', {
  title: '问数', say: '用一句话问，答案里的每个数都能点开看口径和明细', hello: '想看什么数？', helloSay: '直接说，像问同事一样。也可以打拼音首字母，如 mzrc。',
  input: '问一个指标，如：上个月骨科平均住院日', send: '提问', voice: '说话提问', voiceStop: '停止说话', clear: '重新开始', cleared: '已重新开始',
  suggestions: '可以这样问', asking: '正在想', you: '问', house: '答', edited: '改了条件',
  chart: '图', table: '表', definition: '口径', rows: '明细', through: '数据到', asOf: '截至', incomplete: '尚不完整', notes: '说明',
  next: '接着问', options: '请选一个', way: '可以这样', right: '答对了', wrong: '不对', thanks: '谢谢，记下了', mend: '改一改', mendSay: '您想看的是哪个指标？选了就按它重新取数，并记下这个说法。',
  failed: '没有问成', retry: '再问一次', metrics: '看全部指标', chips: '条件', chip: '改条件', fixed: '您的数据范围，不能改', add: '加条件',
  metric: '指标', dimension: '维度', filter: '筛选', time: '时间', compare: '对比', order: '排序', limit: '前几名', having: '条件', share: '占比', scope: '范围',
  remove: '去掉', apply: '确定', exclude: '不含这些', from: '从', to: '到', thisMonth: '本月', lastMonth: '上个月', thisYear: '今年', lastYear: '去年', last12: '近12个月', last30: '近30天',
  yoy: '比去年同期', mom: '比上期', none: '不对比', desc: '从高到低', asc: '从低到高', more: '再选一个指标', value: '数值',
  over: '超出控制限', band: '控制限', outside: '异常', amount: '对差异的贡献', member: '成员', now: '本期', before: '对比期', byDimension: '按{{label}}看',
  excel: '导出 Excel', learnt: '没答上的', ask: '提问', unanswered: '没答上的问题', unansweredSay: '近 7 天，按出现次数。请负责部门补充指标或同义词。', proposals: '候选同义词', proposalsSay: '来自更正过的提问。同意后立即可以这样问。',
  question: '问题', reason: '原因', times: '次数', last: '最近一次', owner: '负责部门', word: '说法', means: '指', accept: '同意', reject: '不要', noProposals: '没有待确认的同义词', noUnanswered: '近 7 天没有答不上的问题',
  unfilled: '未填', moreRows: '其余 {{n}} 项见表', points: '个百分点', keys: '回车 提问　↑↓ 选择　Esc 收起',
  reasons: { privacy: '个人信息', permission: '无权', no_metric: '没有这个指标', no_dimension: '没有这个维度', incompatible: '指标与条件不合', no_data: '没有数据', forecast: '还没发生', write: '不能改数据', raw_sql: '不执行 SQL', injection: '不是提问', medical_advice: '诊疗建议', triage: '分诊', emergency: '紧急', out_of_scope: '不是本院指标', unclear: '没听明白' },
})
