import { words } from '@/shared/i18n'

/** Words of the master patient index. */
export const useWords = words('identity', {
  title: '患者主索引', say: '拿不准的交给人：同一人合并，不同人永不再关联；每一步都可撤销', queue: '复核队列', empty: '没有待复核的人', emptySay: '登记与装载遇到拿不准的，会排到这里。',
  open: '待复核', later: '稍后', second: '待第二人', done: '已处理', state: '状态', score: '可能是同一人', weight: '总权重', field: '字段', left: '甲', right: '乙', how: '比较', evidence: '权重',
  same: '同一人', different: '不是同一人', put: '稍后再看', undo: '撤销判定', reason: '理由', reasonSay: '写入人员事件与审计', reveal: '查看原值', revealSay: '查看原值要写理由，并记入审计', opened: '已记录您的查看', hide: '收起原值',
  keys: 'J 同一人　K 不是　L 稍后　U 撤销', history: '经过', patients: '{{n}} 条患者记录', person: '主索引号 {{n}}', held: '规则：{{said}}', card_misuse: '疑似冒用卡证', pair: '疑似同一人', against: '与持卡人不符：{{what}}', gender: '性别', age: '年龄', decided: '已记录', failed: '没有办成',
  fourEyes: '本院要求双人复核：第一人认定后，由另一人确认。', agreement: '人工一致率', agreementSay: '各可能性区间里，人判为同一人的比例', none: '还没有人判过', advised: '按一致率，自动合并的界线可到 {{at}}', notAdvised: '判过的还不够多，界线不动',
  names: { name: '姓名', gender: '性别', birth: '出生日期', id_card: '证件号', phone: '电话', card_no: '就诊卡', address: '地址' } as Record<string, string>,
  events: { register: '登记', load: '装载', merge: '合并', split: '拆分', rename: '更正', apart: '判为不同', undo: '撤销' } as Record<string, string>,
})
