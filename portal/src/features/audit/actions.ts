/** Names of actions; an action without a name is shown as it is stored. */
export const ACTIONS: Record<string, string> = {
  login: '登录', login_refused: '登录被拒', logout: '退出', export: '导出', rows: '查看明细', record: '查看源记录', trace: '溯源', audit: '查看审计', load_failed: '装载失败', reveal: '查看身份信息', break_glass: '紧急查看', switch: '切换角色', merge: '合并患者', unmerge: '撤销合并', split: '拆分患者',
}
