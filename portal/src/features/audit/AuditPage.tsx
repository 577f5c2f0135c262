import { Input, Select } from 'antd'
import { useAudit, useAuditVerdict } from '@/api/client'
import { useAddress } from '@/shared/address'
import { DataTable } from '@/shared/DataTable'
import { count, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { actionName, asked, pageOf, SIZE } from './model'
import { useWords } from './words'
import './audit.css'

/** 审计: the trail, newest first, and whether its chain is whole. */
export function AuditPage() {
  const t = useWords()
  const [viewer, setViewer] = useAddress('viewer', '')
  const [action, setAction] = useAddress('action', '')
  const [object, setObject] = useAddress('object', '')
  const [page, setPage] = useAddress('page', '1')
  const found = useAudit(asked({ viewer, action, object, page: pageOf(page) }))
  const narrow = (set: (value: string) => void) => (value: string | undefined) => {
    set(value ?? '')
    if (page !== '1') setPage('1')
  }
  return (
    <>
      <PageHead title={t('title')} notes={[t('say')]} />
      <Chain />
      <section className="panel audit-list">
        <div className="audit-tools">
          <Select aria-label={t('viewer')} value={viewer} onChange={narrow(setViewer)} options={[{ value: '', label: t('anyone') }, ...(found.data?.viewers ?? []).map((name) => ({ value: name, label: name }))]} />
          <Select aria-label={t('action')} value={action} onChange={narrow(setAction)} options={[{ value: '', label: t('anything') }, ...(found.data?.actions ?? []).map((name) => ({ value: name, label: actionName(name) }))]} />
          <Input.Search allowClear aria-label={t('find')} placeholder={t('find')} defaultValue={object} onSearch={narrow(setObject)} />
        </div>
        <StateView of={found} rows={10} empty={(rows) => !rows.total}>
          {(rows) => (
            <DataTable
              label={t('label')}
              rows={rows.entries}
              rowKey={(row) => String(row.number)}
              columns={[
                { id: 'number', label: t('number'), numeric: true, sort: false, value: (row) => row.number, render: (row) => row.number },
                { id: 'at', label: t('at'), sort: false, value: (row) => row.at, render: (row) => moment(row.at) },
                { id: 'viewer', label: t('viewer'), sort: false, value: (row) => row.viewer },
                { id: 'action', label: t('action'), sort: false, value: (row) => actionName(row.action) },
                { id: 'object', label: t('object'), sort: false, value: (row) => row.object },
                { id: 'address', label: t('address'), sort: false, value: (row) => row.address },
                { id: 'request', label: t('request'), sort: false, value: (row) => row.request, render: (row) => <code className="mono">{row.request}</code> },
              ]}
              paging={{ total: rows.total, page: pageOf(page), size: SIZE, turn: (next) => setPage(String(next)) }}
            />
          )}
        </StateView>
      </section>
    </>
  )
}

function Chain() {
  const t = useWords()
  const verdict = useAuditVerdict()
  if (!verdict.data) return <p className="audit-chain" role="status">{t('checking')}</p>
  const whole = verdict.data.broken_at === null
  return (
    <p className="audit-chain" role="status" data-tone={whole ? 'good' : 'bad'}>
      <Glyph name={whole ? 'check' : 'alert'} size={18} />
      {whole ? t('whole', { n: count(verdict.data.entries) }) : t('broken', { n: verdict.data.broken_at })}
    </p>
  )
}
