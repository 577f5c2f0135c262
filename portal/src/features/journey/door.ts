import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { wire, type Refusal } from '@/api/client'
import type { components } from '@/api/schema'

export type Schemas = components['schemas']
export type Page = Schemas['PatientPage']
export type Line = Schemas['Timeline']
export type Mark = Schemas['Happening']
export type Loop = Schemas['Loop']

const found = <T,>(result: unknown) => result as UseQueryResult<T, Refusal>
const dropped = (failures: number, fault: unknown) => failures < 1 && (fault as Refusal).status === 0

export const usePatients = (q: string) =>
  found<Schemas['Found'][]>(useQuery({ queryKey: ['patients', q], queryFn: async () => (await wire.GET('/api/v1/patients', { params: { query: { q } } })).data, placeholderData: keepPreviousData }))

export const usePatient = (person: number, contact: string) =>
  found<Page>(
    useQuery({
      queryKey: ['patient', person, contact],
      queryFn: async () => (await wire.GET('/api/v1/patients/{person}', { params: { path: { person }, query: contact ? { contact } : {} } })).data,
      retry: dropped, staleTime: 10_000, refetchInterval: (query) => (query.state.data ? 30_000 : false), placeholderData: keepPreviousData,
    }),
  )

export const useLabs = (person: number, enabled: boolean) =>
  found<Schemas['LabSeries'][]>(useQuery({ queryKey: ['patient.labs', person], enabled, queryFn: async () => (await wire.GET('/api/v1/patients/{person}/labs', { params: { path: { person } } })).data }))

export const useLoops = (person: number, contact: string, enabled: boolean) =>
  found<Loop[]>(
    useQuery({ queryKey: ['patient.loops', person, contact], enabled, queryFn: async () => (await wire.GET('/api/v1/patients/{person}/loops', { params: { path: { person }, query: contact ? { contact } : {} } })).data }),
  )

export const useOpenings = () => found<Schemas['Opening'][]>(useQuery({ queryKey: ['openings'], staleTime: 0, queryFn: async () => (await wire.GET('/api/v1/openings')).data }))

export const openPatient = (person: number, reason: string) => wire.POST('/api/v1/patients/{person}/open', { params: { path: { person } }, body: { reason } })
export const judge = (id: number, verdict: 'justified' | 'questioned') => wire.POST('/api/v1/openings/{id}/review', { params: { path: { id } }, body: { verdict } })
