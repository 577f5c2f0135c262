import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import type { Alert } from '../model'
import { useWords } from '../words'

/** Alerts 提醒记录 of the day: when each began and when it ended. */
export function Alerts({ history }: { history: Alert[] }) {
  const t = useWords()
  if (!history.length) return null
  return (
    <section className="panel">
      <h2>{t('history')}</h2>
      <p className="monitor-say">{t('historySay')}</p>
      <DataTable
        label={t('history')}
        rows={history}
        rowKey={(row) => `${row.channel}|${row.kind}|${row.began}`}
        columns={[
          { id: 'text', label: t('alert'), value: (row) => row.text },
          { id: 'began', label: t('began'), value: (row) => row.began, render: (row) => moment(row.began) },
          { id: 'ended', label: t('ended'), value: (row) => row.ended, render: (row) => (row.ended ? moment(row.ended) : t('lasting')) },
        ]}
      />
    </section>
  )
}
