import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { wire, type Refusal } from '@/api/client'
import type { components } from '@/api/schema'

export type Schemas = components['schemas']
export type Map = Schemas['ProcessMap']
export type Edge = Schemas['Edge']
export type Node = Schemas['Node']
export type Drawn = Schemas['Drawn']
export type Asked = Partial<Schemas['CohortAsked']>

const found = <T,>(result: unknown) => result as UseQueryResult<T, Refusal>

export const useProcess = (cohort: Asked, against: Asked | null) =>
  found<Schemas['ProcessAnswer']>(
    useQuery({ queryKey: ['process', cohort, against], placeholderData: keepPreviousData, queryFn: async () => (await wire.POST('/api/v1/process', { body: { cohort, against } as never })).data }),
  )

export const useWalks = (cohort: Asked, before: string, after: string) =>
  found<Schemas['EdgeRows']>(
    useQuery({ queryKey: ['process.edge', cohort, before, after], queryFn: async () => (await wire.POST('/api/v1/process/edge', { body: { cohort, before, after, limit: 100 } as never })).data }),
  )

export const useReplay = (cohort: Asked) =>
  found<Schemas['Replay']>(useQuery({ queryKey: ['process.replay', cohort], queryFn: async () => (await wire.POST('/api/v1/process/replay', { body: { cohort } as never })).data }))

export const keepEdge = (edge: Schemas['EdgeKept']) => wire.POST('/api/v1/process/metric', { body: edge })

export const usePathways = () => found<Schemas['PathwayLine'][]>(useQuery({ queryKey: ['pathways'], staleTime: 600_000, queryFn: async () => (await wire.GET('/api/v1/process/pathways')).data }))

export const useKept = (pathway: string, departments: string[], start: string, end: string) =>
  found<Schemas['Kept']>(
    useQuery({
      queryKey: ['process.conform', pathway, departments, start, end], enabled: Boolean(pathway),
      queryFn: async () => (await wire.POST('/api/v1/process/conform', { body: { pathway, departments, start: start || null, end: end || null } as never })).data,
    }),
  )
