import { Button, Input, Segmented, Select } from 'antd'
import { useMemo, useState } from 'react'
import { useDimensionValues } from '@/api/client'
import { useAddress } from '@/shared/address'
import { count, number } from '@/shared/format'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { useProcess, type Asked, type Drawn, type Schemas } from './door'
import { cohortOf, DEFAULT_EDGES, nameOf, nodesOf, shareOf, spanOf, sparse } from './model'
import { Behind } from './parts/Behind'
import { Graph } from './parts/Graph'
import { Activities, Bottlenecks, Edges, Resources, Variants } from './parts/Lists'
import { Pathways } from './parts/Pathways'
import { ReplayBar, Tokens } from './parts/Replay'
import { useWords } from './words'
import './process.css'

const STEPS = [15, DEFAULT_EDGES, 60, 120]

/** 流程图: how a cohort really goes through the hospital, where it waits, and who stands behind every edge. */
export function ProcessPage() {
  const t = useWords()
  const [unit, setUnit] = useAddress('unit', 'stay')
  const [department, setDepartment] = useAddress('department', '')
  const [diagnosis, setDiagnosis] = useAddress('diagnosis', '')
  const [start, setStart] = useAddress('start', '')
  const [end, setEnd] = useAddress('end', '')
  const [passed, setPassed] = useAddress('passed', '')
  const [without, setWithout] = useAddress('without', '')
  const [only, setOnly] = useAddress('only', '')
  const [against, setAgainst] = useAddress('against', '')
  const [chosen, setChosen] = useAddress('edge', '')
  const [most, setMost] = useAddress('edges', String(DEFAULT_EDGES))
  const [tab, setTab] = useAddress('tab', 'map')
  const cohort = cohortOf({ unit, department, diagnosis, start, end, passed, without, only })
  const found = useProcess(cohort, against ? { ...cohort, departments: [against] } : null)
  const departments = useDimensionValues('department')
  const names = (departments.data?.values ?? []).map((one) => ({ value: one.value, label: one.label }))
  const activities = (found.data?.drawn.map.nodes ?? []).map((node) => ({ value: node.activity, label: node.activity }))
  const many = (value: string, set: (text: string) => void, label: string) => (
    <Select mode="multiple" maxTagCount={2} allowClear aria-label={label} placeholder={label} value={value.split('|').filter(Boolean)} onChange={(list: string[]) => set(list.join('|'))} options={activities} popupMatchSelectWidth={false} />
  )
  return (
    <>
      <PageHead title={t('title')} notes={[t('say')]} />
      <section className="panel flow-tools">
        <Segmented aria-label={t('unit')} value={unit} onChange={setUnit} options={[{ value: 'stay', label: t('stay') }, { value: 'visit', label: t('visit') }]} />
        <Select showSearch optionFilterProp="label" aria-label={t('department')} value={department} onChange={setDepartment} options={[{ value: '', label: t('anyDepartment') }, ...names]} />
        <Input.Search allowClear aria-label={t('diagnosis')} placeholder={t('diagnosisHint')} defaultValue={diagnosis} onSearch={setDiagnosis} />
        <Input type="date" aria-label={t('start')} value={start} onChange={(event) => setStart(event.target.value)} />
        <Input type="date" aria-label={t('end')} value={end} onChange={(event) => setEnd(event.target.value)} />
        {many(passed, setPassed, t('passed'))}
        {many(without, setWithout, t('without'))}
        {many(only, setOnly, t('only'))}
        <Select showSearch allowClear optionFilterProp="label" aria-label={t('against')} placeholder={t('against')} value={against || undefined} onChange={(value) => setAgainst(value ?? '')} options={names} />
      </section>
      {tab === 'pathways' ? null : (
        <StateView of={found} rows={12} empty={(data) => !data.drawn.map.events} emptyTitle={t('empty')} emptySay={t('emptySay')}>
          {(data) => <Summary drawn={data.drawn} other={data.against} />}
        </StateView>
      )}
      <div className="flow-tabs">
        <Segmented
          aria-label={t('title')}
          value={tab}
          onChange={setTab}
          options={[
            { value: 'map', label: t('mapped') }, { value: 'ways', label: t('ways') }, { value: 'bottlenecks', label: t('bottlenecks') }, { value: 'edges', label: t('edges') },
            { value: 'resources', label: t('resources') }, { value: 'activities', label: t('repeated') }, { value: 'pathways', label: t('pathways') },
          ]}
        />
      </div>
      {tab === 'pathways' ? <section className="panel flow-list"><Pathways departments={cohort.departments ?? []} start={start} end={end} /></section> : null}
      {found.data?.drawn.map.events && tab !== 'pathways' ? (
        tab === 'map' ? <Drawing drawn={found.data.drawn} other={found.data.against} cohort={cohort} most={Number(most)} setMost={setMost} chosen={chosen} choose={setChosen} /> : (
          <section className="panel flow-list">
            {tab === 'ways' ? <Variants drawn={found.data.drawn} /> : null}
            {tab === 'bottlenecks' ? <Bottlenecks drawn={found.data.drawn} choose={setChosen} /> : null}
            {tab === 'edges' ? <Edges drawn={found.data.drawn} other={found.data.against} choose={setChosen} /> : null}
            {tab === 'resources' ? <Resources drawn={found.data.drawn} /> : null}
            {tab === 'activities' ? <Activities drawn={found.data.drawn} /> : null}
          </section>
        )
      ) : null}
      {chosen && found.data && tab !== 'pathways' ? <Chosen drawn={found.data.drawn} name={chosen} cohort={cohort} close={() => setChosen('')} /> : null}
    </>
  )
}

function Chosen({ drawn, name, cohort, close }: { drawn: Drawn; name: string; cohort: Parameters<typeof Behind>[0]['cohort']; close: () => void }) {
  const edge = drawn.map.edges.find((one) => nameOf(one) === name)
  return edge ? <Behind cohort={cohort} edge={edge} close={close} /> : null
}

function Drawing({ drawn, other, cohort, most, setMost, chosen, choose }: { drawn: Drawn; other: Drawn | null; cohort: Asked; most: number; setMost: (text: string) => void; chosen: string; choose: (name: string) => void }) {
  const t = useWords()
  const edges = useMemo(() => sparse(drawn.map.edges, most), [drawn, most])
  const nodes = useMemo(() => nodesOf(drawn.map.nodes, edges), [drawn, edges])
  const [replaying, setReplaying] = useState(false)
  const [minute, setMinute] = useState(0)
  const [replay, setReplay] = useState<Schemas['Replay'] | null>(null)
  return (
    <section className="panel flow-panel">
      <div className="flow-keys">
        <Segmented aria-label={t('edges')} value={String(most)} onChange={setMost} options={STEPS.map((n) => ({ value: String(n), label: n >= drawn.map.edges.length ? t('every', { n: drawn.map.edges.length }) : t('most', { n }) })).filter((_, at) => at === 0 || STEPS[at - 1]! < drawn.map.edges.length)} />
        <Button size="small" aria-pressed={replaying} onClick={() => setReplaying(!replaying)}>{t('replay')}</Button>
        <span className="panel-note">{t(other ? 'compareKey' : 'key')}</span>
      </div>
      {replaying ? <ReplayBar cohort={cohort} minute={minute} setMinute={setMinute} loaded={setReplay} /> : null}
      <Graph
        nodes={nodes} edges={edges} chosen={chosen} choose={choose} cases={drawn.map.cases} other={other?.map ?? null}
        over={replaying && replay ? (centres) => <Tokens cases={replay.cases} names={replay.names} minute={minute} centres={centres} /> : undefined}
      />
    </section>
  )
}

function Summary({ drawn, other }: { drawn: Drawn; other: Drawn | null }) {
  const t = useWords()
  const hours = (value: number | null | undefined) => {
    const span = spanOf(value === null || value === undefined ? null : value * 3600)
    return span ? t(span.unit, { n: span.n }) : '—'
  }
  const facts: [string, (one: Drawn) => string][] = [
    [t('cases'), (one) => count(one.map.cases)],
    [t('events'), (one) => count(one.map.events)],
    [t('median'), (one) => hours(one.map.median_hours)],
    [t('p90'), (one) => hours(one.map.p90_hours)],
    [t('variants'), (one) => count(one.map.variants)],
    [t('rework'), (one) => `${count(one.map.rework_cases)}（${shareOf(one.map.rework_cases, one.map.cases)}）`],
    [t('waiting'), (one) => t('hours', { n: number(Math.round(one.map.waiting_hours)) })],
    [t('service'), (one) => t('hours', { n: number(Math.round(one.map.service_hours)) })],
  ]
  return (
    <dl className="flow-summary">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value(drawn)}</dd>
          {other ? <dd className="flow-other">{t('other')} {value(other)}</dd> : null}
        </div>
      ))}
    </dl>
  )
}
