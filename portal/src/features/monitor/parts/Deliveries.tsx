import { DataTable } from '@/shared/DataTable'
import type { Delivery } from '../model'
import { useWords } from '../words'

/** Doors out 去向: what was sent on today, what waits and what the other side would not take. */
export function Deliveries({ deliveries }: { deliveries: Delivery[] }) {
  const t = useWords()
  if (!deliveries.length) return null
  return (
    <section className="panel">
      <h2>{t('deliveries')}</h2>
      <p className="monitor-say">{t('deliveriesSay')}</p>
      <DataTable
        label={t('deliveries')}
        rows={deliveries}
        rowKey={(row) => row.name}
        columns={[
          { id: 'label', label: t('destination'), value: (row) => row.label, render: (row) => <span title={row.name}>{row.label} <code className="mono">{row.kind}</code></span> },
          { id: 'channel', label: t('channel'), value: (row) => row.channel },
          { id: 'sent', label: t('sentOut'), numeric: true, value: (row) => row.sent },
          { id: 'waiting', label: t('waiting'), numeric: true, value: (row) => row.waiting },
          { id: 'parked', label: t('parked'), numeric: true, value: (row) => row.parked },
        ]}
      />
    </section>
  )
}
