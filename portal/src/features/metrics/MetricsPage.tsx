import { Link } from 'react-router'
import { useMetrics } from '@/api/client'
import type { MetricLine } from '@/api/shapes'
import { useAddress } from '@/shared/address'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import { definitionOf } from '@/shared/drill'
import { quantity } from '@/shared/format'
import { useTranslation, word, zh } from '@/shared/i18n'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { useSheet } from '@/shared/useSheet'
import { Standing } from './parts/Standing'
import './metrics.css'

const BETTER = { up: 'metrics.betterUp', down: 'metrics.betterDown', none: 'metrics.betterNone' } as const

/** 指标中心: every metric once, with its owner and standing. */
export function MetricsPage() {
  const { t } = useTranslation()
  const metrics = useMetrics()
  const save = useSheet()
  const [typed, setTyped] = useAddress('find', '')
  const columns: TableColumn<MetricLine>[] = [
    { id: 'label', label: t('metrics.label'), value: (one) => one.label, render: (one) => <Link to={definitionOf(one.id)} className="metric-name">{one.label}</Link> },
    { id: 'unit', label: t('metrics.unit'), value: (one) => one.unit },
    { id: 'kind', label: t('metrics.kind'), value: (one) => word(zh.metrics.kinds, one.kind) },
    { id: 'better', label: t('metrics.better'), value: (one) => t(BETTER[one.better] ?? BETTER.none) },
    { id: 'target', label: t('metrics.target'), numeric: true, value: (one) => one.target?.value, render: (one) => quantity(one.target?.value, one.unit) },
    { id: 'owner', label: t('metrics.owner'), value: (one) => one.owner },
    { id: 'standing', label: t('metrics.standing'), value: (one) => one.standing, render: (one) => <Standing text={one.standing} /> },
    { id: 'synonyms', label: t('metrics.synonyms'), value: (one) => one.synonyms.join('、'), sort: false, render: (one) => <span className="metric-also">{one.synonyms.join('、')}</span> },
  ]
  const excel = (rows: MetricLine[]) =>
    save(t('metrics.title'), columns, rows)
  return (
    <>
      <PageHead title={t('metrics.title')} notes={[metrics.data ? t('metrics.count', { n: metrics.data.length }) : null]} />
      <StateView of={metrics} rows={12} empty={(rows) => !rows.length}>
        {(rows) => (
          <section className="panel metrics-list">
            <DataTable label={t('metrics.title')} rows={rows} columns={columns} rowKey={(one) => one.id} find={typed} setFind={setTyped} findHint={t('metrics.find')} onExcel={() => excel(rows)} />
          </section>
        )}
      </StateView>
    </>
  )
}
