import { Button, Segmented, Select } from 'antd'
import { useAnswer } from '@/api/client'
import type { MetricQuery, Ranking } from '@/api/shapes'
import { useAddress } from '../address'
import { useExport } from '../useExport'
import { Change, DrillDown, Figure } from '../Figure'
import { dayOf } from '../format'
import { Glyph } from '../Glyph'
import { useTranslation } from '../i18n'
import { StateView } from '../StateView'
import { asked, rankRows, type RankRow } from './model'

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
  const other = useAnswer(query, !own)
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
        {own ? (
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
  return (
    <table className="ranks">
      <thead>
        <tr>
          <th scope="col" className="ranks-place">{t('board.rank')}</th>
          <th scope="col">{t('board.name')}</th>
          <th scope="col" className="ranks-value">{unit}</th>
          <th scope="col" className="ranks-bar" aria-hidden="true" />
          <th scope="col" className="ranks-yoy">{t('time.yoy')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
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
  )
}
