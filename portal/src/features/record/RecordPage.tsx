import { Checkbox, Tooltip } from 'antd'
import { Link, useSearchParams } from 'react-router'
import { useRecord } from '@/api/client'
import type { RecordField, SourceRecord } from '@/api/shapes'
import { useAddress } from '@/shared/address'
import { cell as cellText, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { PageHead } from '@/shared/PageHead'
import { Face, StateView } from '@/shared/StateView'
import { backTo, filled, isEmpty } from './model'
import './record.css'

/** 源记录: one row as its source system holds it, identifiers masked. */
export function RecordPage() {
  const { t } = useTranslation()
  const [search] = useSearchParams()
  const [source, table, key] = [search.get('source') ?? '', search.get('table') ?? '', search.get('key') ?? '']
  const back = backTo(search.get('back'))
  const record = useRecord({ source, table, key }, Boolean(source && key))
  if (!source || !key) return <Face glyph="empty" title={t('record.noKey')}><Link to="/">{t('face.home')}</Link></Face>
  return (
    <>
      <PageHead
        crumbs={[back ? { label: t('record.back'), to: back } : { label: t('metrics.title'), to: '/metrics' }, { label: t('record.title') }]}
        title={record.data?.label ?? t('record.title')}
        notes={[<span key="where" className="mono">{[source, table, key].filter(Boolean).join(' · ')}</span>]}
      />
      <StateView of={record} rows={10} empty={(data) => !data.fields.length}>
        {(data) => (
          <div className="record">
            <Fields fields={data.fields} />
            <Origin record={data} />
          </div>
        )}
      </StateView>
    </>
  )
}

function Fields({ fields }: { fields: RecordField[] }) {
  const { t } = useTranslation()
  const [all, setAll] = useAddress('empty', '0')
  const full = filled(fields)
  const shown = all === '1' ? fields : full
  const explained = fields.some((field) => field.label)
  return (
    <section className="panel">
      <header className="panel-head">
        <span className="panel-note">{t('record.count', { n: fields.length, m: full.length })}</span>
        {full.length < fields.length ? (
          <Checkbox checked={all === '1'} onChange={(event) => setAll(event.target.checked ? '1' : '0')}>
            {t('record.showEmpty')}
          </Checkbox>
        ) : null}
      </header>
      <div className="panel-body">
        <table className="fields">
          <thead>
            <tr>
              {explained ? <th scope="col">{t('record.meaning')}</th> : null}
              <th scope="col">{t('record.field')}</th>
              <th scope="col">{t('record.value')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((field) => (
              <tr key={field.name} data-field={field.name} data-masked={field.masked || undefined}>
                {explained ? <td className="fields-label">{field.label ?? cellText(null)}</td> : null}
                <th scope="row" className="mono fields-name">{field.name}</th>
                <td>
                  {isEmpty(field) ? <span className="fields-empty">{t('record.empty')}</span> : <span className="fields-value">{String(field.value)}</span>}
                  {field.masked ? (
                    <Tooltip title={t('record.maskedSay')}>
                      <span className="tag" data-tone="info" tabIndex={0}>{t('record.masked')}</span>
                    </Tooltip>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Origin({ record }: { record: SourceRecord }) {
  const { t } = useTranslation()
  const facts: [string, string | null][] = [
    [t('record.source'), record.source], [t('record.table'), record.table], [t('record.key'), record.key], [t('record.load'), record.load_id], [t('record.recorded'), moment(record.recorded)],
  ]
  return (
    <aside className="panel origin-box">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value ?? cellText(null)}</dd>
          </div>
        ))}
      </dl>
      {record.hospital_rows.length ? (
        <>
          <h2>{t('record.placed')}</h2>
          <ul>
            {record.hospital_rows.map((row) => (
              <li key={`${row.table}:${row.key}`}>
                <Glyph name="arrow" size={14} />
                <span>{row.label ?? row.table}</span>
                <span className="mono">{row.key}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </aside>
  )
}
