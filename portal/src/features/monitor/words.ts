import { words } from '@/shared/i18n'

/** Words of the monitor: channels, flows, what is stuck, one message from its bytes to the numbers it moved. */
export const useWords = words('monitor', {
  title: '集成监控', say: '消息从哪来、到哪去、卡在哪里；数字随消息一起记账', received: '今日收到', placed: '已入模', failed: '失败与搁置', quarantined: '隔离', waiting: '排队',
  channels: '通道', channel: '通道', owner: '负责', last: '最近一条', p95: '95% 在此时间内入模', repeat: '重复', week: '近七日', flow: '今日流向', flowSay: '来源系统 → 通道 → 统一模型', noFlow: '今天还没有消息入模',
  stuck: '卡住的消息', stuckSay: '按原因归类；同一原因一起处理', reason: '原因', count: '条数', since: '最早', until: '最近', state: '状态', look: '看一条', replay: '重放', rehearse: '演练', nothing: '没有卡住的消息',
  messages: '消息', time: '收到', type: '类型', control: '控制号', find: '患者本地号', all: '全部', sendBad: '发一条坏消息', sent: '已发出 {{id}}，看它停在哪里', alerts: '提醒', systems: '{{n}} 个系统 · {{c}} 条通道',
  'state.waiting': '排队', 'state.done': '已处理', 'state.failed': '失败，稍后重试', 'state.parked': '已搁置', 'state.quarantined': '已隔离', none: '—', ms: '毫秒', hour: '{{day}} {{hour}} 点 {{n}} 条',
  story: '消息 {{id}}', raw: '原文', rawSay: '身份信息已掩码；每次查看都有记录', checks: '检查', ok: '读取与检查通过', staged: '映射读出', rows: '落成的行', rowsNone: '没有落成行', metrics: '可能变动的指标', earlier: '之后又有更新的版本',
  correct: '更正', path: '位置', value: '新值', correctSay: '原消息保留，更正作为新消息送入', save: '送入更正', became: '更正后为 {{id}}', dry: '演练：{{n}} 条里 {{p}} 条能入模；将变动 {{c}}', did: '已重放 {{n}} 条，入模 {{p}} 条', noChange: '没有行变动', stillFails: '仍有 {{n}} 条停住：{{why}}', back: '集成监控', charset: '字符集 {{name}}',
  deliveries: '去向', deliveriesSay: '向外发送：今日已送、排队与搁置', destination: '去向', sentOut: '已送达', parked: '搁置', tries: '次数', said: '对方应答', 'out.sent': '已送达', 'out.waiting': '待发', 'out.parked': '已搁置',
  history: '提醒记录', historySay: '一日之内；开始与结束各记一次', began: '开始', ended: '结束', lasting: '仍在', alert: '提醒',
  versions: '版本', versionsOf: '{{name}}：文本的版本', versionsSay: '每次用上新的文本留一版；回退先过检查，下一条消息起生效，端口与去向在网关下次启动时生效', version: '第 {{n}} 版', current: '当前', by: '何人', folder: '医院文件夹', when: '何时', difference: '第 {{a}} 版到第 {{b}} 版的差异', same: '两版没有差异', putBack: '回退到第 {{n}} 版', sure: '把医院文件夹里这个通道的文本换回第 {{n}} 版？', yes: '回退', no: '不', putBackDone: '已回退，成为第 {{n}} 版', compare: '看差异',
})
