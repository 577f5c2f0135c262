import { useCompared } from '@/api/client'
import type { MetricCard } from '@/api/shapes'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import type { Spot } from '@/shared/drill'
import { Change, DrillDown, Figure } from '@/shared/Figure'
import { useTranslation } from '@/shared/i18n'
import { StateView } from '@/shared/StateView'
import { rankRows, type RankRow } from '@/shared/board/model'
import { useExport } from '@/shared/useExport'
import { splitQuery } from '../model'

/** The same figure by department 各科室. */
export function Split({ card, spot, end }: { card: MetricCard; spot: Spot | null; end: string }) {
  const { t } = useTranslation()
  const query = splitQuery(card.id, spot, end)
  const answer = useCompared(query)
  const { run, busy } = useExport()
  const columns: TableColumn<RankRow>[] = [
    { id: 'name', label: t('sources.department'), value: (row) => row.name },
    {
      id: 'value', label: card.label, unit: card.unit, numeric: true, value: (row) => row.value,
      render: (row) => <DrillDown spot={{ query, cell: { metric: card.id, member: { department: row.member } } }}><Figure value={row.value} unit={card.unit} /></DrillDown>,
    },
    { id: 'base', label: t('metrics.lastYear'), unit: card.unit, numeric: true, value: (row) => row.base, render: (row) => <Figure value={row.base} unit={card.unit} /> },
    { id: 'yoy', label: t('time.yoy'), numeric: true, value: (row) => (card.unit === '%' ? row.diff : row.relative), render: (row) => <Change unit={card.unit} better={card.better} relative={row.relative} difference={row.diff} /> },
  ]
  return (
    <section className="panel" aria-label={t('metrics.splitTitle')}>
      <header className="panel-head">
        <h2>{t('metrics.splitTitle')}</h2>
      </header>
      <div className="panel-body">
        <StateView of={answer} rows={6} empty={(data) => !data.rows.length}>
          {(data) => (
            <DataTable label={t('metrics.splitTitle')} rows={rankRows(card.id, 'department', data.columns, data.rows, t('board.unknown'))} columns={columns} rowKey={(row) => row.key} onExcel={() => void run('/export', { query })} exporting={busy} />
          )}
        </StateView>
      </div>
    </section>
  )
}
