import { DataTable } from '@/shared/DataTable'
import { count } from '@/shared/format'
import type { Drawn } from '../door'
import { nameOf, shareOf, spanOf } from '../model'
import { useWords } from '../words'

const useSay = () => {
  const t = useWords()
  return (seconds: number | null) => {
    const span = spanOf(seconds)
    return span ? t(span.unit, { n: span.n }) : '—'
  }
}

/** Variants 路径: the ways through, most taken first. */
export function Variants({ drawn }: { drawn: Drawn }) {
  const t = useWords()
  const say = useSay()
  return (
    <ol className="flow-ways">
      {drawn.map.top_variants.map((way, at) => (
        <li key={at}>
          <span className="flow-way-head"><strong>{shareOf(way.cases, drawn.map.cases)}</strong> {count(way.cases)} · {t('median')} {say(way.median_hours === null || way.median_hours === undefined ? null : way.median_hours * 3600)}</span>
          <span className="flow-way">{way.activities.map((activity, place) => <span key={place}>{activity}</span>)}</span>
        </li>
      ))}
    </ol>
  )
}

export function Bottlenecks({ drawn, choose }: { drawn: Drawn; choose: (name: string) => void }) {
  const t = useWords()
  const say = useSay()
  return (
    <>
      <p className="panel-note">{t('bottlenecksSay')}</p>
      <DataTable
        label={t('bottlenecks')}
        rows={drawn.bottlenecks}
        rowKey={nameOf}
        columns={[
          { id: 'edge', label: t('edge'), value: nameOf, render: (row) => <button type="button" className="flow-link" onClick={() => choose(nameOf(row))}>{nameOf(row)}</button> },
          { id: 'count', label: t('count'), numeric: true, value: (row) => row.count },
          { id: 'wait', label: t('wait'), numeric: true, value: (row) => row.median_seconds, render: (row) => say(row.median_seconds) },
          { id: 'waitP90', label: t('waitP90'), numeric: true, value: (row) => row.p90_seconds, render: (row) => say(row.p90_seconds) },
        ]}
      />
    </>
  )
}

export function Resources({ drawn }: { drawn: Drawn }) {
  const t = useWords()
  const say = useSay()
  return (
    <DataTable
      label={t('resources')}
      rows={drawn.resources}
      rowKey={(row) => `${row.activity} ${row.resource}`}
      columns={[
        { id: 'activity', label: t('activity'), value: (row) => row.activity },
        { id: 'resource', label: t('resource'), value: (row) => row.resource },
        { id: 'events', label: t('events'), numeric: true, value: (row) => row.events },
        { id: 'cases', label: t('cases'), numeric: true, value: (row) => row.cases },
        { id: 'took', label: t('took'), numeric: true, value: (row) => row.median_minutes, render: (row) => say(row.median_minutes === null ? null : row.median_minutes * 60) },
      ]}
    />
  )
}

export function Activities({ drawn }: { drawn: Drawn }) {
  const t = useWords()
  const say = useSay()
  return (
    <DataTable
      label={t('repeated')}
      rows={drawn.map.nodes}
      rowKey={(row) => row.activity}
      columns={[
        { id: 'activity', label: t('activity'), value: (row) => row.activity },
        { id: 'count', label: t('count'), numeric: true, value: (row) => row.count },
        { id: 'cases', label: t('cases'), numeric: true, value: (row) => row.cases },
        { id: 'again', label: t('again'), numeric: true, value: (row) => row.repeated },
        { id: 'firsts', label: t('firsts'), numeric: true, value: (row) => row.first },
        { id: 'lasts', label: t('lasts'), numeric: true, value: (row) => row.last },
        { id: 'took', label: t('took'), numeric: true, value: (row) => row.median_seconds, render: (row) => say(row.median_seconds) },
      ]}
    />
  )
}

/** Every edge, with the other cohort's beside it where two are compared. */
export function Edges({ drawn, other, choose }: { drawn: Drawn; other: Drawn | null; choose: (name: string) => void }) {
  const t = useWords()
  const say = useSay()
  const beside = new Map(other?.map.edges.map((edge) => [nameOf(edge), edge]) ?? [])
  return (
    <DataTable
      label={t('edges')}
      rows={drawn.map.edges}
      rowKey={nameOf}
      columns={[
        { id: 'edge', label: t('edge'), value: nameOf, render: (row) => <button type="button" className="flow-link" onClick={() => choose(nameOf(row))}>{nameOf(row)}</button> },
        { id: 'count', label: t('count'), numeric: true, value: (row) => row.count },
        { id: 'cases', label: t('caseCount'), numeric: true, value: (row) => row.cases },
        { id: 'wait', label: t('wait'), numeric: true, value: (row) => row.median_seconds, render: (row) => say(row.median_seconds) },
        { id: 'waitP90', label: t('waitP90'), numeric: true, value: (row) => row.p90_seconds, render: (row) => say(row.p90_seconds) },
        ...(other
          ? [
              { id: 'other', label: t('other'), numeric: true, value: (row: (typeof drawn.map.edges)[number]) => beside.get(nameOf(row))?.median_seconds ?? null, render: (row: (typeof drawn.map.edges)[number]) => say(beside.get(nameOf(row))?.median_seconds ?? null) },
              { id: 'difference', label: t('difference'), numeric: true, value: (row: (typeof drawn.map.edges)[number]) => gap(row, beside.get(nameOf(row))), render: (row: (typeof drawn.map.edges)[number]) => say(gap(row, beside.get(nameOf(row)))) },
            ]
          : []),
      ]}
    />
  )
}

const gap = (one: Drawn['map']['edges'][number], two: Drawn['map']['edges'][number] | undefined): number | null =>
  one.median_seconds === null || !two || two.median_seconds === null ? null : one.median_seconds - two.median_seconds
