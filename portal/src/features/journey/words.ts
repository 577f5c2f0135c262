import { words } from '@/shared/i18n'

/** Words of 患者全流程. */
export const useWords = words('journey', {
  title: '患者全流程', say: '只列出您看得到的就诊；范围以外须写明理由', find: '就诊号、住院号或姓，如 ZY-24000074、张', none: '没有找到', noneSay: '换个就诊号，或只写姓。看得到的就诊才会列出。',
  patient: '患者', gender: '性别', born: '出生年', last: '最近一次', visits: '就诊次数', care: '诊疗关系', inCare: '在诊', notCare: '范围外',
  years: '{{n}} 岁', identities: '{{n}} 个身份合一', events: '{{n}} 件事', nameless: '姓名未知',
  outside: '这位患者不在您的诊疗范围内', outsideSay: '确需查看时请写明理由。可看 30 分钟，只限这一位；会记入审计，通知患者所在科室主任，并等待审核。', reason: '查看理由', reasonHint: '如：骨科请内科会诊', open: '写明理由并查看',
  opened: '破窗查看中：到 {{until}} 为止，只限这一位患者。理由：{{reason}}', contacts: '就诊', all: '全部就诊', lanes: '时间轴', cut: '事件太多，只画出最早的 3,000 件；选一次就诊看全。', chosen: '事件很多，先画最近一次就诊；可在上面另选。',
  loops: '闭环', loopsSay: '每个节点的时间；缺的节点标红', labs: '检验趋势', labsSay: '灰带为参考范围', list: '全部事件', activity: '活动', when: '时间', place: '科室', resource: '资源', source: '查看来源', kind: '类别', what: '项目', nodes: '节点', state: '状态',
  closed: '已闭环', openYet: '未闭环', missing: '缺', waits: '等待最久', minutes: '{{n}} 分钟', hours: '{{n}} 小时', days: '{{n}} 天',    
  openings: '破窗审核', openingsSay: '谁在何时、为何打开了诊疗范围以外的患者', viewer: '账号', at: '时间', why: '理由', department: '科室', verdict: '结论', justified: '合理', questioned: '存疑', waiting: '待审', noOpenings: '没有破窗记录', noOpeningsSay: '有人打开您科室的患者时会列在这里。',
  item: '检验项目', back: '患者全流程', 
  lane: {
    visits: '就诊', orders: '医嘱病历', labs: '检验', imaging: '检查', drugs: '药品', surgery: '手术', money: '费用',
    lab: '检验', critical: '危急值', exam: '检查', drug: '用药',
  },
})
