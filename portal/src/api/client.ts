// The one door to the server: paths and bodies are checked against the schema, answers read by the contract's
// shapes, and whatever the server will not answer becomes a Refusal.
import { keepPreviousData, QueryClient, type UseQueryResult } from '@tanstack/react-query'
import createFetchClient, { type Middleware } from 'openapi-fetch'
import createQueryClient from 'openapi-react-query'
import type { components, paths } from './schema'
import type * as shapes from './shapes'

/** What the server said when it would not answer. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    readonly where: string | null = null,
  ) {
    super(message)
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const sent = (await response.json().catch(() => null)) as Partial<shapes.Failure> | null
  const said = sent?.error
  return new Refusal(response.status, said?.code ?? `http.${response.status}`, said?.message ?? '', said?.hint, said?.where)
}

const refusing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await refusalOf(response)
    return undefined
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    return new Refusal(0, 'network', '')
  },
}

export const wire = createFetchClient<paths>({ baseUrl: '', credentials: 'same-origin' })
wire.use(refusing)
const api = createQueryClient(wire)

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (count, fault) => count < 1 && (!(fault instanceof Refusal) || fault.status === 0 || fault.status >= 502),
    },
  },
})

type Result<T> = UseQueryResult<T, Refusal>
const read = <T>(result: unknown) => result as Result<T>

export const useMe = () => read<shapes.Me>(api.useQuery('get', '/api/v1/me', {}, { staleTime: 5 * 60_000 }))

export const useHouse = () => read<shapes.Health>(api.useQuery('get', '/api/v1/health', {}, { staleTime: Infinity }))

export const useCockpit = (query: { campus?: string; by?: 'department' | 'ward' | 'doctor_group' }) =>
  read<shapes.Board>(api.useQuery('get', '/api/v1/cockpit', { params: { query } }, { placeholderData: keepPreviousData, refetchInterval: 5 * 60_000 }))

export const useDepartment = (query: { department?: string }) =>
  read<shapes.DepartmentBoard>(api.useQuery('get', '/api/v1/department', { params: { query } }, { placeholderData: keepPreviousData, refetchInterval: 5 * 60_000 }))

export const useMetrics = (enabled = true) => read<shapes.MetricLine[]>(api.useQuery('get', '/api/v1/metrics', {}, { enabled, staleTime: 10 * 60_000 }))

export const useMetric = (id: string) =>
  read<shapes.MetricCard>(api.useQuery('get', '/api/v1/metrics/{id}', { params: { path: { id } } }, { staleTime: 10 * 60_000 }))

export const useAnswer = (body: shapes.MetricQuery, enabled = true) =>
  read<shapes.Answer>(api.useQuery('post', '/api/v1/query', { body: body as never }, { enabled, placeholderData: keepPreviousData }))

/** An answer with its comparison; where the hospital's calendar allows none (dates shifted), the answer alone. */
export function useCompared(body: shapes.MetricQuery, enabled = true): Result<shapes.Answer> {
  const compared = useAnswer(body, enabled)
  const refused = compared.error?.code === 'calendar.unknown' && Boolean(body.compare?.length)
  const alone = useAnswer({ ...body, compare: [] }, enabled && refused)
  return refused ? alone : compared
}

export const useExplanation = (body: { query: shapes.MetricQuery; cell?: shapes.Cell; against: string }) =>
  read<shapes.Explanation>(api.useQuery('post', '/api/v1/explain', { body: body as never }, { placeholderData: keepPreviousData }))

export const useBridge = (body: { a: shapes.ReconcileSide; b: shapes.ReconcileSide }, enabled: boolean) =>
  read<shapes.Bridge>(api.useQuery('post', '/api/v1/reconcile', { body: body as never }, { enabled, placeholderData: keepPreviousData }))

export const useEvidence = (body: shapes.EvidenceRequest, enabled = true) =>
  read<shapes.Evidence>(api.useQuery('post', '/api/v1/rows', { body: body as never }, { enabled, placeholderData: keepPreviousData }))

export const useDimensionValues = (id: string, enabled = true) =>
  read<shapes.DimensionValues>(api.useQuery('get', '/api/v1/dimensions/{id}/values', { params: { path: { id } } }, { enabled, staleTime: 10 * 60_000 }))

export const useRecord = (query: { source: string; table: string; key: string }, enabled = true) =>
  read<shapes.SourceRecord>(api.useQuery('get', '/api/v1/record', { params: { query } }, { enabled }))

export const useSources = () => read<shapes.SourceLine[]>(api.useQuery('get', '/api/v1/sources', {}))
export const useUnmapped = (enabled: boolean) => read<shapes.Unmapped[]>(api.useQuery('get', '/api/v1/sources/unmapped', {}, { enabled }))
export const useDefects = (enabled: boolean, department?: string) =>
  read<shapes.Defect[]>(api.useQuery('get', '/api/v1/sources/defects', { params: { query: { department, limit: 5000 } } }, { enabled, placeholderData: keepPreviousData }))

export const useSuggestions = (q: string, enabled = true) =>
  read<{ questions: string[] }>(api.useQuery('get', '/api/v1/ask/suggest', { params: { query: { q } } }, { enabled, placeholderData: keepPreviousData, staleTime: 10 * 60_000 }))
export const useUnanswered = (enabled: boolean) => read<shapes.UnansweredLine[]>(api.useQuery('get', '/api/v1/ask/unanswered', {}, { enabled, staleTime: 0 }))
export const useProposals = (enabled: boolean) => read<shapes.SynonymLine[]>(api.useQuery('get', '/api/v1/ask/proposals', {}, { enabled, staleTime: 0 }))
export async function askInWords(body: shapes.AskRequest): Promise<shapes.AskAnswer> {
  const { data } = await wire.POST('/api/v1/ask', { body: body as never })
  return data as unknown as shapes.AskAnswer
}
export const markAnswer = (id: number, up: boolean) => wire.POST('/api/v1/ask/{id}/mark', { params: { path: { id } }, body: { up } })
export const decideSynonym = (id: number, accept: boolean) => wire.POST('/api/v1/ask/proposals/{id}', { params: { path: { id } }, body: { accept } })
export const useAudit = (query: { viewer?: string; action?: string; object?: string; limit: number; offset: number }) =>
  read<shapes.AuditPage>(api.useQuery('get', '/api/v1/audit', { params: { query } }, { placeholderData: keepPreviousData, staleTime: 0 }))
type Schemas = components['schemas']
export const useReviewQueue = (state: string) => read<Schemas['ReviewQueue']>(api.useQuery('get', '/api/v1/identity/tasks', { params: { query: { state } } }, { staleTime: 0 }))
export const useReviewPair = (number: number) => read<Schemas['ReviewPair']>(api.useQuery('get', '/api/v1/identity/tasks/{number}', { params: { path: { number } } }, { staleTime: 0 }))
export const decideTask = (number: number, verdict: 'same' | 'different' | 'later', reason: string) => wire.POST('/api/v1/identity/tasks/{number}/decision', { params: { path: { number } }, body: { verdict, reason } })
export const takeBackTask = (number: number, reason: string) => wire.POST('/api/v1/identity/tasks/{number}/undo', { params: { path: { number } }, body: { reason } })
export async function revealPerson(person: number, reason: string): Promise<Record<string, string[]>> {
  const { data } = await wire.POST('/api/v1/identity/persons/{person}/reveal', { params: { path: { person } }, body: { fields: ['name', 'id_card', 'phone', 'card_no', 'address'], reason } })
  return data?.fields ?? {}
}
export const useAuditVerdict = () => read<shapes.AuditVerdict>(api.useQuery('get', '/api/v1/audit/verify', {}, { staleTime: 0 }))

export const signIn = (name: string, password: string) => wire.POST('/api/v1/login', { body: { name, password } })
export const signOut = () => wire.POST('/api/v1/logout')
export const switchTo = (name: string) => wire.POST('/api/v1/demo/switch', { body: { name } })
export const whoAmI = () => wire.GET('/api/v1/me')

/** Fetch a file (Excel) and hand it to the browser under the name the server gave it. */
export async function download(path: string, body?: unknown): Promise<string> {
  const sent = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`/api/v1${path}`, { credentials: 'same-origin', ...sent }).catch(() => {
    throw new Refusal(0, 'network', '')
  })
  if (!response.ok) throw await refusalOf(response)
  const named = response.headers.get('content-disposition') ?? ''
  const wide = /filename\*=(?:UTF-8|utf-8)''([^;]+)/.exec(named)?.[1]
  const plain = /filename="?([^";]+)"?/.exec(named)?.[1]
  const name = wide ? decodeURIComponent(wide) : (plain ?? 'yishu.xlsx')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 30_000)
  return name
}

const monitored = { staleTime: 0, refetchInterval: 3_000 }

export const useMonitor = <T>() => read<T>(api.useQuery('get', '/api/v1/monitor', {}, monitored))

export const useMessages = <T>(query: { channel?: string; state?: string; patient?: string }) =>
  read<T>(api.useQuery('get', '/api/v1/monitor/messages', { params: { query } }, { staleTime: 0, placeholderData: keepPreviousData }))

export const useMessage = <T>(message: string) => read<T>(api.useQuery('get', '/api/v1/monitor/messages/{message}', { params: { path: { message } } }, { staleTime: 0 }))

export async function replayMessages(which: { ids?: string[]; channel?: string; state?: string; reason?: string }, dry: boolean): Promise<unknown> {
  const { data } = await wire.POST('/api/v1/monitor/replay', { params: { query: { dry_run: dry } }, body: { ids: [], channel: '', state: '', type: '', patient: '', reason: '', ...which } })
  return data
}

export async function correctMessage(message: string, changes: Record<string, string>): Promise<{ message_id: string }> {
  const { data } = await wire.POST('/api/v1/monitor/messages/{message}/edit', { params: { path: { message } }, body: { changes } })
  return data as { message_id: string }
}

export async function sendBadMessage(): Promise<{ message_id: string }> {
  const { data } = await wire.POST('/api/v1/monitor/demo/bad', {})
  return data as { message_id: string }
}

export const useChannelVersions = <T>(channel: string) => read<T>(api.useQuery('get', '/api/v1/monitor/channels/{channel}/versions', { params: { path: { channel } } }, { staleTime: 0 }))

export const useChannelDifference = <T>(channel: string, number: number) =>
  read<T>(api.useQuery('get', '/api/v1/monitor/channels/{channel}/versions/{number}', { params: { path: { channel, number } } }, { staleTime: 0 }))

export async function restoreChannel(channel: string, number: number): Promise<{ number: number }> {
  const { data } = await wire.POST('/api/v1/monitor/channels/{channel}/versions/{number}/restore', { params: { path: { channel, number } } })
  return data as { number: number }
}
