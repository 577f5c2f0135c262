import { useMemo } from 'react'
import { Link, useLocation, useSearchParams } from 'react-router'
import { useEvidence, useMetric } from '@/api/client'
import type { Evidence, MetricCard } from '@/api/shapes'
import { useAddress } from '@/shared/address'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import { definitionOf, recordOf, spotIn, type Spot } from '@/shared/drill'
import { Figure } from '@/shared/Figure'
import { cell as cellText } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { PageHead } from '@/shared/PageHead'
import { Face, StateView } from '@/shared/StateView'
import { useExport } from '@/shared/useExport'
import { arrange, conditionsOf, contribution, originOf, PAGE, periodOf, rowsOf, type EvidenceRow } from './model'
import './evidence.css'

/** 明细: the rows behind a figure, and what each of them adds to it. */
export function EvidencePage() {
  const { t } = useTranslation()
  const [search] = useSearchParams()
  const spot = useMemo(() => spotIn(search), [search])
  if (!spot) return <Face glyph="empty" title={t('evidence.noCell')} say={t('evidence.noCellSay')}><Link to="/">{t('face.home')}</Link></Face>
  return <Rows spot={spot} />
}

function Rows({ spot }: { spot: Spot }) {
  const { t } = useTranslation()
  const [pageText, setPage] = useAddress('page', '1')
  const page = Math.max(1, Number(pageText) || 1)
  const evidence = useEvidence({ query: spot.query, cell: spot.cell, offset: (page - 1) * PAGE, limit: PAGE })
  const card = useMetric(spot.cell.metric)
  const { run, busy } = useExport()
  const label = card.data?.label ?? spot.cell.metric
  const period = periodOf(spot.query)
  const named = (id: string) => card.data?.dimensions.find((one) => one.id === id)?.label ?? id
  return (
    <>
      <PageHead
        crumbs={[{ label: t('metrics.title'), to: '/metrics' }, { label, to: definitionOf(spot.cell.metric, spot) }, { label: t('evidence.title') }]}
        title={t('evidence.of', { label })}
        notes={[
          period ? `${t('evidence.period')} ${period}` : null,
          ...conditionsOf(spot.query, spot.cell.member, t('board.unknown')).map((one) => t('evidence.filterOp', { dimension: named(one.dimension), values: one.values })),
        ]}
      />
      <StateView of={evidence} rows={10} empty={(data) => !data.total}>
        {(data) => (
          <>
            <Sum evidence={data} card={card.data} />
            <section className="panel evidence-rows">
              <Grid evidence={data} card={card.data} page={page} turn={(next) => setPage(String(next))} excel={() => void run('/rows/export', { query: spot.query, cell: spot.cell })} exporting={busy} />
            </section>
          </>
        )}
      </StateView>
    </>
  )
}

/** The figure recomputed from these very rows, beside its formula in words. */
function Sum({ evidence, card }: { evidence: Evidence; card?: MetricCard }) {
  const { t } = useTranslation()
  return (
    <section className="panel sum">
      <div className="sum-value">
        <span>{t('evidence.value')}</span>
        <Figure value={evidence.value} unit={card?.unit} size="hero" withUnit />
      </div>
      <div className="sum-rows">
        <span>{t('evidence.rowsTotal')}</span>
        <Figure value={evidence.total} unit={t('sources.rows')} size="large" withUnit />
      </div>
      {card ? (
        <dl className="sum-formula">
          <div>
            <dt>{t('metrics.formula')}</dt>
            <dd>{card.formula ?? card.definition}</dd>
          </div>
          <div>
            <dt>{t('metrics.definition')}</dt>
            <dd>{card.definition}</dd>
          </div>
        </dl>
      ) : null}
    </section>
  )
}

interface GridProps {
  evidence: Evidence
  card?: MetricCard
  page: number
  turn: (page: number) => void
  excel: () => void
  exporting: boolean
}

const PARTS = { numerator: 'evidence.numerator', denominator: 'evidence.denominator', both: 'evidence.both' } as const

function Grid({ evidence, page, turn, excel, exporting }: GridProps) {
  const { t } = useTranslation()
  const place = useLocation()
  const here = place.pathname + place.search
  const columns = useMemo<TableColumn<EvidenceRow>[]>(() => {
    const { shown, counted } = arrange(evidence.columns)
    const plain = (at: number): TableColumn<EvidenceRow> => {
      const column = evidence.columns[at]!
      const numeric = evidence.rows.some((row) => typeof row[at] === 'number')
      return {
        id: column.id,
        label: column.label,
        unit: column.unit,
        numeric,
        value: (row) => row.cells[at],
        render: (row) => {
          const value = row.cells[at]
          if (column.id === 'part') return t(PARTS[String(value) as keyof typeof PARTS] ?? 'evidence.both')
          return typeof value === 'number' ? contribution(value, column) : cellText(value)
        },
      }
    }
    const origin: TableColumn<EvidenceRow> = {
      id: 'origin',
      label: t('evidence.toRecord'),
      sort: false,
      value: (row) => originOf(evidence.columns, row.cells)?.key,
      render: (row) => {
        const from = originOf(evidence.columns, row.cells)
        if (!from) return cellText(null)
        return (
          <Link className="origin" to={recordOf(from.source, from.table, from.key, here)}>
            <span>{from.source}</span>
            {from.key}
            <Glyph name="arrow" size={13} />
          </Link>
        )
      },
    }
    return [origin, ...counted.map(plain), ...shown.map(plain)]
  }, [evidence, here, t])
  return (
    <DataTable
      label={t('evidence.title')}
      rows={rowsOf(evidence)}
      columns={columns}
      rowKey={(row) => row.key}
      onExcel={excel}
      exporting={exporting}
      findHint={t('evidence.find')}
      paging={{ total: evidence.total, page, size: PAGE, turn }}
    />
  )
}
