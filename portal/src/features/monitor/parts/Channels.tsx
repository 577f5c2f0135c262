import { Link } from 'react-router'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { shade, type Channel } from '../model'
import { useWords } from '../words'

/** The channels 通道 with today's counts and a week's strip. */
export function Channels({ channels }: { channels: Channel[] }) {
  const t = useWords()
  return (
    <section className="panel">
      <h2>{t('channels')}</h2>
      <DataTable
        label={t('channels')}
        rows={channels}
        rowKey={(row) => row.name}
        columns={[
          { id: 'label', label: t('channel'), value: (row) => row.label, render: (row) => <span title={row.name}>{row.label} <code className="mono">{row.kind}</code></span> },
          { id: 'versions', label: t('versions'), sort: false, value: () => null, render: (row) => <Link to={`/monitor/channel/${row.name}`}>{t('versions')}</Link> },
          { id: 'owner', label: t('owner'), value: (row) => row.owner },
          { id: 'received', label: t('received'), numeric: true, value: (row) => row.received },
          { id: 'placed', label: t('placed'), numeric: true, value: (row) => row.placed },
          { id: 'waiting', label: t('waiting'), numeric: true, value: (row) => row.waiting },
          { id: 'failed', label: t('failed'), numeric: true, value: (row) => row.failed + row.quarantined },
          { id: 'p95', label: t('p95'), unit: t('ms'), numeric: true, value: (row) => row.p95_ms },
          { id: 'last', label: t('last'), value: (row) => row.last, render: (row) => (row.last ? moment(row.last) : t('none')) },
          { id: 'week', label: t('week'), sort: false, value: () => null, render: (row) => <Week channel={row} /> },
        ]}
      />
    </section>
  )
}

function Week({ channel }: { channel: Channel }) {
  const t = useWords()
  const most = Math.max(0, ...channel.week.flatMap((day) => day.hours))
  const total = channel.week.reduce((sum, day) => sum + day.hours.reduce((a, b) => a + b, 0), 0)
  return (
    <svg className="week" viewBox="0 0 168 14" role="img" aria-label={`${t('week')} ${total}`}>
      {channel.week.map((day, row) =>
        day.hours.map((number, hour) => (
          <rect key={`${day.day}-${hour}`} x={row * 24 + hour} y={0} width={0.9} height={14} data-shade={shade(number, most)}>
            {number ? <title>{t('hour', { day: day.day, hour, n: number })}</title> : null}
          </rect>
        )),
      )}
    </svg>
  )
}
