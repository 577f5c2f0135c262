// Every word a person reads, in one place. Words of the trade, short sentences, verbs on buttons.

export const zh = {
  brand: { name: '医枢', line: '一家医院，一个数', demo: '模拟数据', demoSay: '这里的患者、收入与数字都是生成的，不是任何真实医院。' },
  menu: {
    label: '主菜单', cockpit: '院长驾驶舱', department: '科室看板', ask: '问数', metrics: '指标中心', patients: '患者全流程', process: '流程图', openings: '破窗审核', sources: '数据来源', monitor: '集成监控', identity: '患者主索引', audit: '审计', collapse: '收起菜单', expand: '展开菜单', open: '打开菜单', close: '关闭菜单', skip: '跳到正文',
  },
  header: {
    search: '搜索指标、科室、页面', skinDark: '换成深色', skinLight: '换成浅色', account: '账号', logout: '退出登录', switchRole: '换一个角色看', you: '当前',
  },
  search: { title: '搜索', hint: '输入名称或拼音首字母，如 pjzyr', none: '没有找到“{{typed}}”。换个说法，或试试拼音首字母。', pages: '页面', metrics: '指标', departments: '科室', keys: '↑↓ 选择　回车 打开　Esc 关闭' },
  face: {
    loading: '正在取数', empty: '没有数据', emptySay: '所选条件下没有记录。放宽条件再看。', error: '没有取到数', retry: '重试', home: '回首页', 
    stale: '更新没有成功，下面是 {{at}} 取到的数。', forbidden: '不在您的权限内', forbiddenSay: '需要查看时，请联系信息科开通。', network: '连不上服务器，请检查网络后重试。', notFound: '没有这个页面', notFoundSay: '地址可能写错，或页面已移走。',
  },
  login: {
    title: '登录', name: '账号', password: '密码', submit: '登录', needName: '请填账号', needPassword: '请填密码', demoTitle: '用演示账号进入', demoSay: '选一个角色，看他看得到的医院。', 
    cookieTitle: '登录成功，但浏览器没有留下登录信息', cookieSay: '浏览器拒收了本站的 Cookie，所以无法保持登录。请这样处理：',
    cookieSteps: ['在浏览器设置中允许本站使用 Cookie；', '非本机访问请用 https:// 开头的地址；', '无痕窗口请换成普通窗口。'], cookieRetry: '再登录一次', expired: '登录已过期，请重新登录。', promise1: '每个数都能点开', promise1Say: '口径、明细、源记录，三步看到底。', promise2: '全院一个口径', promise2Say: '一个指标一个定义，谁问都一样。', promise3: '看得见来路', promise3Say: '缺了哪些数据、差在哪里，都写明白。',
  },
  role: { director: '院领导', finance: '财务', quality: '质控', it: '信息科', head: '科主任', doctor: '医生', nurse: '护士', pharmacist: '药师', auditor: '审计' } as Record<string, string>,
  time: { now: '此刻', asOf: '截至', through: '数据截至 {{at}}', yesterday: '昨日', month: '本月累计', year: '本年累计', yoy: '同比', since: '自 {{day}} 起' },
  board: {
    cockpit: '院长驾驶舱', department: '科室看板', campusAll: '全院', campus: '院区', speaksOf: '今天刚开始，以下说的是 {{day}} 的情况。', print: '打印',
    target: '目标 {{value}}', targetFrom: '目标来源：{{source}}', reached: '已达成', progress: '达成 {{value}}', trend: '近 {{n}} 日', noTarget: '未设目标', definition: '查看口径：{{label}}',
    movements: '今日异动', noMovements: '各项都在常值之内', noMovementsSay: '与近十周同一星期几相比，没有异常。', usual: '常值 {{value}}', made: '来自', causeData: '数据未齐', causeHospital: '医院有变', rows: '查看明细',
    ranking: '排名', rankBy: '按', byDepartment: '科室', byWard: '病区', byGroup: '医生组', rankMetric: '排名指标', rank: '名次', showAll: '显示全部 {{n}} 行', name: '名称', hidden: '例数过少，不显示', share: '占全院',
    beds: '床位图', bedsSay: '开放 {{open}} 张　占用 {{used}} 张　空 {{free}} 张', bedFree: '空', bedTaken: '占用', bedExtra: '加床', bedLong: '超过{{n}}天', bedDays: '{{n}}天', bedLabel: '{{bed}}床 {{state}}', todo: '待办', noTodo: '没有待办', noTodoSay: '本科室的数据与首页都已处理完。', own: '我的科室', allBeds: '全部病区',
    points: '个百分点', yoyPoints: '同比差：个百分点', up: '升', down: '降', level: '持平', good: '向好', bad: '变差', unknown: '未填', yoyNone: '无同期数', partsOf: '{{label}}的构成', incomplete: '口径说明',
  },
  metrics: {
    title: '指标中心', count: '共 {{n}} 个指标', find: '按名称、拼音首字母查找', label: '指标', unit: '单位', owner: '归口科室', kind: '类型', standing: '状态', target: '目标', better: '方向', betterUp: '越高越好', betterDown: '越低越好', betterNone: '监测',
    kinds: { simple: '计数', ratio: '比率', derived: '派生', snapshot: '时点', percentile: '分位', cohort: '队列' } as Record<string, string>,
    definition: '口径', formula: '算法', version: '版本', versionText: '第 {{n}} 版', steward: '数据管理', level: '数据级别', timeAxes: '统计时间', departmentRole: '科室归属', dimensions: '可分维度', standards: '依据标准', noStandards: '尚未对应标准', parameters: '参数', synonyms: '别名',
    sql: '取数语句', sqlCopy: '复制语句', copied: '已复制', trend: '走势', thisYear: '本期', lastYear: '去年同期', byDay: '按日', byMonth: '按月', figure: '您点开的数', toRows: '查看明细', range: '统计范围', member: '限定', whole: '全院', definitionHead: '指标定义', splitTitle: '各科室', edition: '版本 {{edition}}',
  },
  evidence: {
    title: '明细', of: '{{label}}的明细', value: '按明细重算', rowsTotal: '所有行', numerator: '分子', denominator: '分母', both: '分子和分母', toRecord: '源记录', exported: '已导出', find: '在本页查找', period: '期间', noCell: '地址里没有要看的数', noCellSay: '请从驾驶舱或指标中心点一个数进来。', filterOp: '{{dimension}}：{{values}}',
  },
  record: {
    title: '源记录', source: '来源系统', table: '源表', key: '主键', load: '装载批次', recorded: '记录时间', field: '字段', meaning: '含义', value: '内容', masked: '已遮盖', maskedSay: '身份信息按规定遮盖，需要时说明理由再看。', placed: '落在统一模型', showEmpty: '显示空字段', noKey: '地址里没有要看的记录', back: '回到明细', empty: '空', count: '{{n}} 个字段，{{m}} 个有内容',
  },
  sources: {
    title: '数据来源', say: '各系统装载与核对', tabSources: '来源系统', tabUnmapped: '未对照编码', tabDefects: '待核对数据', name: '系统', lastLoad: '最近装载', nextLoad: '下次 {{at}}', rowsIn: '读入', placed: '落库', merged: '合并', flagged: '存疑', quarantined: '隔离', ignored: '略过', state: '状态', balance: '去向', balanced: '行行有着落', unbalanced: '差 {{n}} 行', uses: '使用次数', codeSystem: '编码类', code: '源编码', codeName: '源名称', firstSeen: '首次', lastSeen: '最近', department: '科室', family: '问题', rule: '规则', message: '说明', action: '处理', flag: '存疑入库', quarantine: '隔离', key: '主键', table: '源表', makeList: '生成核对清单', makeListFor: '生成{{department}}的核对清单', allDepartments: '全部科室', noDepartment: '未归科室', rows: '行', defectsTotal: '待核对 {{n}} 条', byFamily: '按问题', count: '条数', neverLoaded: '未装载', totalIn: '读入合计', sum: '合计', kind: '形式',
    families: { duplicate_person: '一人多档', bad_id: '证件号有误', unmapped_code: '编码未对照', time_order: '时间颠倒', value_format: '数值格式', late_row: '迟到补录', red_entry: '冲红', encoding: '乱码', orphan: '无主记录' } as Record<string, string>,
  },
  table: { find: '查找', excel: '导出 Excel', rows: '{{n}} 行', matched: '{{n}} / {{all}} 行', none: '没有符合的行' },
} as const
