// Hand-made from the contract until the server's openapi.json is generated (npm run schema).
import type * as shapes from './shapes'

interface Json<T> { content: { 'application/json': T } }
interface Answers<T> { 200: { headers: { [name: string]: unknown } } & Json<T> }
interface None { query?: never; header?: never; path?: never; cookie?: never }
type Query = Record<string, string | number | null | undefined>
interface Get<T> {
  parameters: None
  get: { parameters: { query?: Query; header?: never; path?: never; cookie?: never }; requestBody?: never; responses: Answers<T> }
}
interface GetOne<T, P> {
  parameters: None
  get: { parameters: { query?: Query; header?: never; path: P; cookie?: never }; requestBody?: never; responses: Answers<T> }
}
interface Post<T, B> {
  parameters: None
  post: { parameters: None; requestBody: Json<B>; responses: Answers<T> }
}

export interface paths {
  '/api/v1/health': Get<shapes.Health>
  '/api/v1/me': Get<shapes.Me>
  '/api/v1/login': Post<unknown, { name: string; password: string }>
  '/api/v1/logout': { parameters: None; post: { parameters: None; requestBody?: never; responses: Answers<unknown> } }
  '/api/v1/demo/switch': Post<unknown, { name: string }>
  '/api/v1/query': Post<shapes.Answer, shapes.MetricQuery>
  '/api/v1/rows': Post<shapes.Evidence, shapes.EvidenceRequest>
  '/api/v1/cockpit': Get<shapes.Board>
  '/api/v1/department': Get<shapes.DepartmentBoard>
  '/api/v1/metrics': Get<shapes.MetricLine[]>
  '/api/v1/metrics/{id}': GetOne<shapes.MetricCard, { id: string }>
  '/api/v1/dimensions/{id}/values': GetOne<shapes.DimensionValues, { id: string }>
  '/api/v1/record': Get<shapes.SourceRecord>
  '/api/v1/sources': Get<shapes.SourceLine[]>
  '/api/v1/sources/unmapped': Get<shapes.Unmapped[]>
  '/api/v1/sources/defects': Get<shapes.Defect[]>
}
