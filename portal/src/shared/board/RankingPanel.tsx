import { Button, Input, Segmented, Select } from 'antd'
import { useState } from 'react'
import { useCompared } from '@/api/client'
import type { MetricQuery, Ranking } from '@/api/shapes'
import { useAddress } from '../address'
import { useExport } from '../useExport'
import { Change, DrillDown, Figure } from '../Figure'
import { dayOf } from '../format'
import { Glyph } from '../Glyph'
import { useTranslation } from '../i18n'
import { Face, StateView } from '../StateView'
import { sift } from '../sift'
import { asked, order, rankRows, type RankOrder, type RankRow } from './model'

interface RankingPanelProps {
  ranking: Ranking
  by: string
  setBy?: (by: string) => void
  ways?: ('department' | 'ward' | 'doctor_group')[]
}

/** The ranking 排名: departments, wards or doctors' groups by any of the cards' metrics. */
export function RankingPanel({ ranking, by, setBy, ways = ['department', 'ward', 'doctor_group'] }: RankingPanelProps) {
  const { t } = useTranslation()
  const [metric, setMetric] = useAddress('rank', ranking.metric)
  const own = metric === ranking.metric
  const query = own ? ranking.query : asked(ranking, metric)
  const other = useCompared(query, !own)
  const { run, busy } = useExport()
  const named = { department: t('board.byDepartment'), ward: t('board.byWard'), doctor_group: t('board.byGroup') }
  const time = query.time
  return (
    <section className="panel ranking" aria-label={t('board.ranking')}>
      <header className="panel-head">
        <h2>
          {named[by as keyof typeof named] ?? ''}
          {t('board.ranking')}
          <span className="panel-note ranking-time">{time ? `${dayOf(time.start)} — ${dayOf(time.end)}` : null}</span>
        </h2>
        <div className="panel-tools">
          <Select
            aria-label={t('board.rankMetric')}
            value={metric}
            onChange={setMetric}
            popupMatchSelectWidth={false}
            options={ranking.metrics.map((one) => ({ value: one.id, label: one.label }))}
            className="ranking-metric"
          />
          {setBy ? <Segmented aria-label={t('board.rankBy')} value={by} onChange={setBy} options={ways.map((way) => ({ value: way, label: named[way] }))} /> : null}
          <Button aria-label={t('table.excel')} icon={<Glyph name="excel" size={16} />} loading={busy} onClick={() => void run('/export', { query })} />
        </div>
      </header>
      <div className="panel-body">
        {own && !ranking.rows.length ? (
          <Face glyph="empty" title={t('face.empty')} say={t('face.emptySay')} />
        ) : own ? (
          <Ranks metric={metric} by={by} unit={ranking.unit} better={ranking.better} query={query} rows={rankRows(metric, by, ranking.columns, ranking.rows, t('board.unknown'))} />
        ) : (
          <StateView of={other} rows={8} empty={(answer) => !answer.rows.length}>
            {(answer) => {
              const column = answer.columns.find((one) => one.id === metric)
              return <Ranks metric={metric} by={by} unit={column?.unit ?? ''} better={null} query={answer.query.metrics ? answer.query : query} rows={rankRows(metric, by, answer.columns, answer.rows, t('board.unknown'))} />
            }}
          </StateView>
        )}
      </div>
    </section>
  )
}

const FIRST = 25

interface RanksProps {
  metric: string
  by: string
  unit: string
  better: Ranking['better'] | null
  query: MetricQuery
  rows: RankRow[]
}

function Ranks({ metric, by, unit, better, query, rows }: RanksProps) {
  const { t } = useTranslation()
  const dimension = query.dimensions?.[0] ?? by
  const [typed, setTyped] = useState('')
  const [sorted, setSorted] = useState<RankOrder>({ by: 'place', up: true })
  const [all, setAll] = useState(false)
  const found = order(sift(rows, [(row) => row.name], typed), sorted, unit)
  const shown = all || typed ? found : found.slice(0, FIRST)
  const head = (column: RankOrder['by'], label: string) => (
    <button type="button" className="ranks-sort" onClick={() => setSorted(sorted.by === column ? { by: column, up: !sorted.up } : { by: column, up: column === 'place' || column === 'name' })}>
      {label}
      <span aria-hidden="true">{sorted.by === column ? (sorted.up ? '↑' : '↓') : ''}</span>
    </button>
  )
  const way = (column: RankOrder['by']) => (sorted.by === column ? (sorted.up ? 'ascending' : 'descending') : undefined)
  return (
    <>
    {rows.length > FIRST ? (
      <Input allowClear className="ranks-find no-print" prefix={<Glyph name="search" size={15} />} placeholder={t('table.find')} aria-label={`${t('table.find')} ${t('board.name')}`} value={typed} onChange={(event) => setTyped(event.target.value)} />
    ) : null}
    <table className="ranks">
      <thead>
        <tr>
          <th scope="col" className="ranks-place" aria-sort={way('place')}>{head('place', t('board.rank'))}</th>
          <th scope="col" aria-sort={way('name')}>{head('name', t('board.name'))}</th>
          <th scope="col" className="ranks-value" aria-sort={way('value')}>{head('value', unit || t('record.value'))}</th>
          <td className="ranks-bar" aria-hidden="true" />
          <th scope="col" className="ranks-yoy" aria-sort={way('change')}>{head('change', t('time.yoy'))}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={row.key}>
            <td className="ranks-place">{row.place}</td>
            <th scope="row">{row.name}</th>
            <td className="ranks-value">
              <DrillDown spot={{ query, cell: { metric, member: { [dimension]: row.member } } }}>
                <Figure value={row.value} unit={unit} />
              </DrillDown>
            </td>
            <td className="ranks-bar" aria-hidden="true">
              <span style={{ inlineSize: `${row.bar}%` }} />
            </td>
            <td className="ranks-yoy">
              <Change unit={unit} better={better} relative={row.relative} difference={row.diff} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    {shown.length < found.length ? <Button type="link" size="small" className="no-print" onClick={() => setAll(true)}>{t('board.showAll', { n: found.length })}</Button> : null}
    </>
  )
}
