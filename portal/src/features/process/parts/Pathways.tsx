import { Select } from 'antd'
import { useAddress } from '@/shared/address'
import { DataTable } from '@/shared/DataTable'
import { count } from '@/shared/format'
import { StateView } from '@/shared/StateView'
import { Link } from 'react-router'
import { useKept, usePathways } from '../door'
import { shareOf, spanOf } from '../model'
import { useWords } from '../words'

/** Conformance 路径符合: rule by rule, with the cases that broke it. */
export function Pathways({ departments, start, end }: { departments: string[]; start: string; end: string }) {
  const t = useWords()
  const listed = usePathways()
  const [asked, setAsked] = useAddress('pathway', '')
  const pathway = asked || listed.data?.[0]?.id || ''
  const kept = useKept(pathway, departments, start, end)
  return (
    <StateView of={listed} empty={(rows) => !rows.length} emptyTitle={t('noPathways')} emptySay={t('noPathwaysSay')}>
      {(rows) => (
        <div className="flow-pathways">
          <Select aria-label={t('pathway')} value={pathway} onChange={setAsked} options={rows.map((row) => ({ value: row.id, label: row.label }))} popupMatchSelectWidth={false} />
          <StateView of={kept} rows={6}>
            {(found) => (
              <>
                <p>{t('cases')} {count(found.cases)} · {t('conforming')} {count(found.conforming)}（{shareOf(found.conforming, found.cases)}）</p>
                <DataTable
                  label={t('pathways')}
                  rows={found.rules}
                  rowKey={(row) => row.verdict.rule.label}
                  columns={[
                    { id: 'rule', label: t('rule'), value: (row) => row.verdict.rule.label },
                    { id: 'judged', label: t('judged'), numeric: true, value: (row) => row.verdict.judged },
                    { id: 'kept', label: t('kept'), numeric: true, value: (row) => row.verdict.kept },
                    { id: 'rate', label: t('rate'), numeric: true, value: (row) => (row.verdict.judged ? row.verdict.kept / row.verdict.judged : null), render: (row) => shareOf(row.verdict.kept, row.verdict.judged) },
                    { id: 'span', label: t('span'), numeric: true, value: (row) => row.verdict.median_minutes, render: (row) => {
                      const span = spanOf(row.verdict.median_minutes === null ? null : row.verdict.median_minutes * 60)
                      return span ? t(span.unit, { n: span.n }) : '—'
                    } },
                    { id: 'broken', label: t('broken'), sort: false, value: (row) => row.cases.length, render: (row) => <Broken cases={row.cases as [string, number | null][]} /> },
                  ]}
                />
              </>
            )}
          </StateView>
        </div>
      )}
    </StateView>
  )
}

function Broken({ cases }: { cases: [string, number | null][] }) {
  return (
    <span className="flow-broken">
      {cases.slice(0, 5).map(([id, patient]) => (patient === null ? <span key={id}>{id}</span> : <Link key={id} to={`/patients?q=${encodeURIComponent(id)}`}>{id}</Link>))}
      {cases.length > 5 ? <span>+{count(cases.length - 5)}</span> : null}
    </span>
  )
}
