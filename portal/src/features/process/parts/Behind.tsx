import { Button } from 'antd'
import { Link } from 'react-router'
import { DataTable } from '@/shared/DataTable'
import { count, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { StateView } from '@/shared/StateView'
import { useWalks, type Asked, type Edge, type Schemas } from '../door'
import { spanOf } from '../model'
import { useWords } from '../words'
import { Keep } from './Keep'

const recordOf = (end: Schemas['End'], back: string) => `/record?${new URLSearchParams({ source: end.source, table: end.source_table ?? '', key: end.source_key, back }).toString()}`

/** What stands behind an edge 连线的凭据: how long, who, and both source records. */
export function Behind({ cohort, edge, close }: { cohort: Asked; edge: Edge; close: () => void }) {
  const t = useWords()
  const found = useWalks(cohort, edge.before, edge.after)
  const back = `/process${location.search}`
  const say = (seconds: number | null) => {
    const span = spanOf(seconds)
    return span ? t(span.unit, { n: span.n }) : '—'
  }
  return (
    <section className="panel flow-behind" aria-label={t('behind')}>
      <header className="panel-head">
        <h2>{edge.before} <Glyph name="arrow" size={14} /> {edge.after}</h2>
        <Button size="small" icon={<Glyph name="close" size={14} />} onClick={close}>{t('close')}</Button>
      </header>
      <dl className="facts flow-facts">
        <div><dt>{t('count')}</dt><dd>{count(edge.count)}</dd></div>
        <div><dt>{t('caseCount')}</dt><dd>{count(edge.cases)}</dd></div>
        <div><dt>{t('wait')}</dt><dd>{say(edge.median_seconds)}</dd></div>
        <div><dt>{t('waitP90')}</dt><dd>{say(edge.p90_seconds)}</dd></div>
      </dl>
      <Keep key={`${edge.before}→${edge.after}`} cohort={cohort} edge={edge} />
      <StateView of={found} rows={6} empty={(data) => !data.rows.length}>
        {(data) => (
          <DataTable
            label={t('behind')}
            rows={data.rows}
            rowKey={(row) => row.before.event_id}
            columns={[
              { id: 'case', label: t('case'), value: (row) => row.case, render: (row) => row.person ? <Link to={`/patients/${row.person}?contact=${encodeURIComponent(row.case)}`}>{row.case}</Link> : row.case },
              { id: 'lasted', label: t('lasted'), numeric: true, value: (row) => row.wait_minutes, render: (row) => say(row.wait_minutes * 60) },
              { id: 'before', label: t('before'), value: (row) => row.before.completed, render: (row) => <Link to={recordOf(row.before, back)}>{moment(row.before.completed)}</Link> },
              { id: 'after', label: t('after'), value: (row) => row.after.completed, render: (row) => <Link to={recordOf(row.after, back)}>{moment(row.after.started ?? row.after.completed)}</Link> },
            ]}
          />
        )}
      </StateView>
    </section>
  )
}
