// The words of the HTTP contract. Screens import them from here; client.ts ties them to the paths.

export type Better = 'up' | 'down' | 'none'
export type Value = string | number | boolean | null

export interface MetricQuery {
  metrics: string[]
  dimensions?: string[]
  filters?: { dimension: string; op: string; values: Value[] }[]
  time?: { start: string; end: string; on?: string } | null
  compare?: string[]
  order?: { by: string; dir: 'asc' | 'desc' } | null
  limit?: number | null
  share?: boolean
  totals?: boolean | string[][]
  as_of?: string | null
  [more: string]: unknown
}

export interface Cell {
  metric: string
  member: Record<string, Value>
}

export interface Column {
  id: string
  label: string
  role?: 'dimension' | 'metric' | 'compare' | string
  unit?: string | null
}

export interface Answer {
  columns: Column[]
  rows: Value[][]
  totals: { by: string[]; rows: Value[][] }[] | null
  marks: { row: number; column: string; why: string }[]
  query: MetricQuery
  range: { start: string | null; end: string | null } | null
  definitions: Record<string, { version: number; hash: string; standing: string }>
  data_through: string | null
  as_of: string | null
  incomplete: unknown[]
  elapsed_ms: number
}

export interface Evidence {
  columns: Column[]
  rows: Value[][]
  total: number
  value: number | null
  offset: number
  limit: number
  table?: string | null
}

export interface Account {
  name: string
  display: string
  role: string
}

export interface Me {
  name: string
  display: string
  role: string
  department: string | null
  hospital: string
  demo: boolean
  now: string
  can: string[]
  accounts: Account[]
}

export interface Moment {
  id: string
  label: string
  value: number | null
  unit: string | null
  as_of: string | null
  query?: MetricQuery | null
  cell?: Cell | null
}

export interface Standing {
  value: number | null
  yoy: number | null
  yoy_diff: number | null
  query: MetricQuery | null
  cell: Cell | null
}

export interface Part {
  id?: string | null
  label: string
  value: number | null
  unit: string | null
  query?: MetricQuery | null
  cell?: Cell | null
}

export type Period = 'yesterday' | 'month' | 'year'

export interface Card {
  id: string
  label: string
  unit: string
  better: Better
  target: { value: number; source: string | null } | null
  columns: Partial<Record<Period, Standing>>
  progress: number | null
  sparkline: { day: string; value: number | null }[]
  notes: string[]
  parts: Part[]
}

export interface Movement {
  metric: string
  label: string
  what: string
  value: number | null
  usual: number | null
  unit: string | null
  better?: Better
  since: string | null
  departments: { name: string; share: number | null }[]
  cause: 'data' | 'hospital' | string
  say: string
  query?: MetricQuery | null
  cell?: Cell | null
}

export interface Ranking {
  metric: string
  label: string
  unit: string
  better: Better
  by: string
  metrics: { id: string; label: string }[]
  columns: Column[]
  rows: Value[][]
  query: MetricQuery
}

export interface Board {
  strip: Moment[]
  cards: Card[]
  movements: Movement[]
  ranking: Ranking | null
  data_through: string | null
  speaks_of: string | null
}

export interface Bed {
  bed: string
  ward?: string | null
  occupied: boolean
  gender?: string | null
  days?: number | null
  note?: string | null
  extra?: boolean | null
  [more: string]: unknown
}

export interface Todo {
  kind: string
  say: string
  count: number
  link: string | null
}

export interface DepartmentBoard extends Board {
  department?: { id: string; name: string } | string | null
  beds: Bed[]
  todo: Todo[]
}

export interface MetricLine {
  id: string
  label: string
  unit: string
  better: Better
  kind: string
  owner: string | null
  standing: string
  synonyms: string[]
  target: { value: number; source: string | null } | null
}

export interface MetricCard extends MetricLine {
  label_en: string | null
  definition: string
  formula: string | null
  numerator: string | null
  denominator: string | null
  time_axes: { id: string; label: string }[]
  department_role: string | null
  dimensions: { id: string; label: string }[]
  steward: string | null
  level: string | number | null
  version: number
  hash: string
  standards: { code: string; title: string; edition: string | null }[]
  parameters: unknown
  sql?: string | null
}

export interface RecordField {
  name: string
  label: string | null
  value: Value
  masked: boolean
}

export interface SourceRecord {
  source: string
  table: string
  label: string | null
  key: string
  fields: RecordField[]
  load_id: string | null
  recorded: string | null
  hospital_rows: { table: string; key: string; label?: string | null }[]
}

export interface SourceLine {
  name: string
  label: string
  kind: string
  last_load: string | null
  next_load?: string | null
  rows_in: number
  placed: number
  merged: number
  flagged: number
  quarantined: number
  ignored: number
  state: string
}

export interface Unmapped {
  source: string
  code_system: string
  source_code: string
  source_name: string | null
  uses: number
  first_seen: string | null
  last_seen: string | null
}

export interface Defect {
  id?: string
  department: string | null
  owner?: string | null
  family: string
  source: string
  table?: string
  source_table?: string
  key?: string
  count?: number
  rule?: string | null
  message?: string | null
  action?: string | null
}

export interface DimensionValues {
  values: { value: string; label: string; parent?: string | null }[]
  more: boolean
}

export interface Failure {
  error: { code: string; message: string; hint: string | null; where: string | null }
}

export interface EvidenceRequest {
  query: MetricQuery
  cell: Cell
  offset?: number
  limit?: number
}

export interface Health {
  status?: string
  hospital?: string | null
  demo?: boolean
  accounts?: Account[]
}

export interface SaidFigure {
  metric: string
  column: string
  value: number | null
  unit: string
  member: Record<string, Value>
}

export interface SaidChip {
  slot: string
  id: string
  label: string
  fixed: boolean
}

export interface SaidCause {
  dimension: string
  dimension_label: string
  member: Value
  label: string
  value: number | null
  base: number | null
  amount: number
  beyond: number
}

export interface Explained {
  unit: string
  value: number | null
  base: number | null
  difference: number | null
  by: { dimension: string; label: string; parts: { member: Value; label: string; value: number | null; base: number | null; amount: number }[]; rest: { count: number; amount: number } | null }[]
}

export interface AskAnswer {
  id: number
  question: string
  behaviour: string
  intent: string
  sentence: string
  phrases: { text: string; figure: SaidFigure | null }[]
  query: MetricQuery | null
  answer: Answer | null
  chart: string
  chips: SaidChip[]
  notes: string[]
  about: string
  options: { id: string; label: string; kind: string; dimension: string }[]
  reason: string
  hint: string
  metric: string
  limits: { middle: number; low: number; high: number; outside: number[]; counted: number } | null
  explanation: Explained | null
  causes: SaidCause[]
  next: string[]
}

export interface AskRequest {
  question: string
  conversation: string
  turns: string[]
  query?: MetricQuery | null
  intent?: string
  corrects?: number | null
}

export interface UnansweredLine {
  question: string
  reason: string
  times: number
  last: string
  owner: string
}

export interface SynonymLine {
  id: number
  word: string
  metric: string
  label: string
  question: string
  at: string
  state: string
}

export interface AuditLine {
  number: number
  at: string
  viewer: string
  action: string
  object: string
  address: string
  request: string
}

export interface AuditPage {
  total: number
  entries: AuditLine[]
  viewers: string[]
  actions: string[]
}

export interface AuditVerdict {
  entries: number
  broken_at: number | null
}

/** What one member adds to a difference 贡献; mix and rate only for ratios. */
export interface Contribution {
  member: Value
  label: string
  value: number | null
  base: number | null
  amount: number
  mix: number | null
  rate: number | null
}

export interface Explanation {
  metric: string
  label: string
  unit: string
  value: number | null
  base: number | null
  difference: number | null
  against: string
  range: string[] | null
  base_range: string[] | null
  by: { dimension: string; label: string; parts: Contribution[]; rest: { count: number; amount: number } | null }[]
  note: string
}

export interface ReconcileSide {
  name?: string
  query: MetricQuery
  sum_by?: string[]
  red_entries?: boolean
  says?: number | null
}

export interface Bridge {
  sides: { name: string; value: number | null; computed: number | null }[]
  gap: number
  unit: string
  steps: { kind: string; say: string; amount: number; value: number; missing: boolean }[]
}
