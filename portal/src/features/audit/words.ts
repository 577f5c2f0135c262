import { words } from '@/shared/i18n'

/** Words of the audit screen; what an action is called for people. */
export const useWords = words('audit', {
  title: '审计', say: '谁在何时、从何处、做了什么；只记动作与对象，不记内容', label: '审计记录',
  number: '序号', at: '时间', viewer: '账号', action: '动作', object: '对象', address: '来自', request: '请求号',
  anyone: '全部账号', anything: '全部动作', find: '按对象查找', whole: '审计链完整，共 {{n}} 条', broken: '审计链在第 {{n}} 条断开：有记录被改、删或插入', checking: '正在逐条校验', check: '校验审计链',
})
