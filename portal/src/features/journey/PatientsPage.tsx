import { Input } from 'antd'
import { Link } from 'react-router'
import { useAddress } from '@/shared/address'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { usePatients } from './door'
import { useWords } from './words'
import './journey.css'

/** 查找患者: the patients of the visits a person may see, latest first. */
export function PatientsPage() {
  const t = useWords()
  const [q, setQ] = useAddress('q', '')
  const found = usePatients(q)
  return (
    <>
      <PageHead title={t('title')} notes={[t('say')]} />
      <section className="panel journey-find">
        <Input.Search allowClear aria-label={t('find')} placeholder={t('find')} defaultValue={q} maxLength={40} onSearch={setQ} />
        <StateView of={found} rows={10} empty={(rows) => !rows.length} emptyTitle={t('none')} emptySay={t('noneSay')}>
          {(rows) => (
            <DataTable
              label={t('title')}
              rows={rows}
              rowKey={(row) => String(row.person)}
              columns={[
                { id: 'name', label: t('patient'), value: (row) => row.name, render: (row) => <Link to={`/patients/${row.person}`}>{row.name ?? t('nameless')}</Link> },
                { id: 'gender', label: t('gender'), value: (row) => row.gender },
                { id: 'born', label: t('born'), numeric: true, value: (row) => row.birth_year, render: (row) => row.birth_year },
                { id: 'last', label: t('last'), value: (row) => row.last, render: (row) => moment(row.last) },
                { id: 'visits', label: t('visits'), numeric: true, value: (row) => row.visits },
                { id: 'care', label: t('care'), value: (row) => row.in_care, render: (row) => <span className="tag" data-tone={row.in_care ? 'good' : undefined}>{row.in_care ? t('inCare') : t('notCare')}</span> },
              ]}
            />
          )}
        </StateView>
      </section>
    </>
  )
}
