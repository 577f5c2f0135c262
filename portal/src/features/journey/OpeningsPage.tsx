import { Button } from 'antd'
import { Link } from 'react-router'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { judge, useOpenings } from './door'
import { useWords } from './words'
import './journey.css'

/** 破窗审核: who opened which patient and why; justified or questioned. */
export function OpeningsPage() {
  const t = useWords()
  const found = useOpenings()
  const say = async (id: number, verdict: 'justified' | 'questioned') => {
    await judge(id, verdict).catch(() => undefined)
    await found.refetch()
  }
  return (
    <>
      <PageHead title={t('openings')} notes={[t('openingsSay')]} />
      <section className="panel journey-find">
        <StateView of={found} rows={8} empty={(rows) => !rows.length} emptyTitle={t('noOpenings')} emptySay={t('noOpeningsSay')}>
          {(rows) => (
            <DataTable
              label={t('openings')}
              rows={rows}
              rowKey={(row) => String(row.id)}
              columns={[
                { id: 'at', label: t('at'), value: (row) => row.at, render: (row) => moment(row.at) },
                { id: 'viewer', label: t('viewer'), value: (row) => row.viewer },
                { id: 'patient', label: t('patient'), value: (row) => row.person, render: (row) => <Link to={`/patients/${row.person}`}>{row.person}</Link> },
                { id: 'department', label: t('department'), value: (row) => row.department },
                { id: 'why', label: t('why'), value: (row) => row.reason },
                {
                  id: 'verdict', label: t('verdict'), value: (row) => row.verdict,
                  render: (row) => row.verdict === 'justified' ? t('justified') : row.verdict === 'questioned' ? t('questioned') : (
                    <span className="panel-tools">
                      <span className="tag" data-tone="info">{t('waiting')}</span>
                      <Button size="small" onClick={() => void say(row.id, 'justified')}>{t('justified')}</Button>
                      <Button size="small" danger onClick={() => void say(row.id, 'questioned')}>{t('questioned')}</Button>
                    </span>
                  ),
                },
              ]}
            />
          )}
        </StateView>
      </section>
    </>
  )
}
