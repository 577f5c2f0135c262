import { Segmented } from 'antd'
import { useExplanation } from '@/api/client'
import type { Explanation, MetricCard } from '@/api/shapes'
import { useAddress } from '@/shared/address'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import type { Spot } from '@/shared/drill'
import { Figure } from '@/shared/Figure'
import { StateView } from '@/shared/StateView'
import { signed, whyRequest, whyRows, type WhyRow } from '../model'
import { useWords } from '../words'

/** Why it changed 为什么变了: the difference taken apart by one dimension, member by member. */
export function Why({ card, spot, end }: { card: MetricCard; spot: Spot | null; end: string }) {
  const t = useWords()
  const [against, setAgainst] = useAddress('against', 'yoy')
  const told = useExplanation(whyRequest(card.id, spot, end, against))
  return (
    <section className="panel" aria-label={t('why')}>
      <header className="panel-head">
        <h2>{t('why')}</h2>
        <Segmented aria-label={t('against')} value={against} onChange={setAgainst} options={[{ value: 'yoy', label: t('yoy') }, { value: 'mom', label: t('mom') }]} />
      </header>
      <div className="panel-body">
        <StateView of={told} rows={6}>
          {(data) => (data.by.length ? <Parts card={card} told={data} /> : <p className="why-note">{data.note || t('same')}</p>)}
        </StateView>
      </div>
    </section>
  )
}

function Parts({ card, told }: { card: MetricCard; told: Explanation }) {
  const t = useWords()
  const [wanted, setWanted] = useAddress('by', told.by[0]?.dimension ?? '')
  const dimension = told.by.some((one) => one.dimension === wanted) ? wanted : (told.by[0]?.dimension ?? '')
  const rows = whyRows(told, dimension, (n) => t('rest', { n }))
  const parted = rows.some((row) => row.mix !== null)
  const unit = card.unit === '%' ? t('points') : card.unit
  const columns: TableColumn<WhyRow>[] = [
    { id: 'member', label: told.by.find((one) => one.dimension === dimension)?.label ?? t('member'), value: (row) => row.label },
    { id: 'now', label: t('now'), unit: card.unit, numeric: true, value: (row) => row.value, render: (row) => <Figure value={row.value} unit={card.unit} /> },
    { id: 'base', label: t('base'), unit: card.unit, numeric: true, value: (row) => row.base, render: (row) => <Figure value={row.base} unit={card.unit} /> },
    { id: 'amount', label: t('amount'), unit, numeric: true, value: (row) => row.amount, render: (row) => <Bar row={row} better={card.better} /> },
    ...(parted
      ? ([
          { id: 'mix', label: t('mix'), unit, numeric: true, value: (row: WhyRow) => row.mix, render: (row: WhyRow) => <>{signed(row.mix)}</> },
          { id: 'rate', label: t('rate'), unit, numeric: true, value: (row: WhyRow) => row.rate, render: (row: WhyRow) => <>{signed(row.rate)}</> },
        ] satisfies TableColumn<WhyRow>[])
      : []),
  ]
  return (
    <>
      <Segmented className="why-by" aria-label={t('dimension')} value={dimension} onChange={setWanted} options={told.by.map((one) => ({ value: one.dimension, label: one.label }))} />
      <p className="why-note">{t('sum', { amount: signed(told.difference) })}{parted ? `。${t('legend')}` : ''}</p>
      <DataTable label={t('why')} rows={rows} columns={columns} rowKey={(row) => row.key} />
    </>
  )
}

function Bar({ row, better }: { row: WhyRow; better: MetricCard['better'] }) {
  const good = better === 'none' || row.amount === 0 ? 'plain' : (row.amount > 0) === (better === 'up') ? 'good' : 'bad'
  return (
    <span className="why-bar" data-tone={good}>
      <span className="why-track" aria-hidden="true">
        <span className="why-reach" style={{ inlineSize: `${Math.abs(row.reach) * 50}%`, insetInlineStart: row.reach < 0 ? `${50 - Math.abs(row.reach) * 50}%` : '50%' }} />
      </span>
      {signed(row.amount)}
    </span>
  )
}
