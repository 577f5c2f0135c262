import { App, Button, Select, Input } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { sendBadMessage, useMessages, useMonitor } from '@/api/client'
import { useAddress } from '@/shared/address'
import { DataTable } from '@/shared/DataTable'
import { count, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import type { MessageLine, Overview } from './model'
import { Alerts } from './parts/Alerts'
import { Channels } from './parts/Channels'
import { Deliveries } from './parts/Deliveries'
import { Flow } from './parts/Flow'
import { StuckList } from './parts/StuckList'
import { useWords } from './words'
import './monitor.css'

const STATES = ['waiting', 'done', 'failed', 'parked', 'quarantined']

/** 集成监控: what came today, whence and whither, who is silent, what is stuck and why. */
export function MonitorPage() {
  const t = useWords()
  const monitor = useMonitor<Overview>()
  return (
    <>
      <PageHead title={t('title')} notes={[t('say'), monitor.data ? t('systems', { n: monitor.data.totals.systems, c: monitor.data.totals.channels }) : null]}>
        {monitor.data?.demo ? <SendBad /> : null}
      </PageHead>
      <StateView of={monitor} rows={10}>
        {(seen) => (
          <div className="monitor">
            <Totals totals={seen.totals} />
            {seen.alerts.length ? (
              <section className="panel monitor-alerts" role="status" aria-label={t('alerts')}>
                {seen.alerts.map((line) => (
                  <p key={line}><Glyph name="alert" size={16} /> {line}</p>
                ))}
              </section>
            ) : null}
            <Channels channels={seen.channels} />
            <StuckList stuck={seen.stuck} channels={seen.channels} />
            <Deliveries deliveries={seen.deliveries} />
            <Alerts history={seen.history} />
            <Flow links={seen.links} channels={seen.channels} />
            <Messages channels={seen.channels} />
          </div>
        )}
      </StateView>
    </>
  )
}

function SendBad() {
  const t = useWords()
  const { message } = App.useApp()
  const go = useNavigate()
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    try {
      const { message_id } = await sendBadMessage()
      void message.info(t('sent', { id: message_id }))
      void go(`/monitor/${message_id}`)
    } catch (fault) {
      void message.error(fault instanceof Error ? fault.message : String(fault))
    } finally {
      setBusy(false)
    }
  }
  return <Button onClick={() => void send()} loading={busy}>{t('sendBad')}</Button>
}

function Totals({ totals }: { totals: Record<string, number> }) {
  const t = useWords()
  const shown = ['received', 'placed', 'waiting', 'failed', 'quarantined'] as const
  return (
    <dl className="monitor-totals">
      {shown.map((name) => (
        <div key={name} className="panel" data-tone={(name === 'failed' || name === 'quarantined') && (totals[name] ?? 0) > 0 ? 'bad' : undefined}>
          <dt>{t(name)}</dt>
          <dd>{count(totals[name] ?? 0)}</dd>
        </div>
      ))}
    </dl>
  )
}

function Messages({ channels }: { channels: Overview['channels'] }) {
  const t = useWords()
  const [channel, setChannel] = useAddress('channel', '')
  const [state, setState] = useAddress('state', '')
  const [patient, setPatient] = useAddress('patient', '')
  const found = useMessages<MessageLine[]>({ channel, state, patient })
  const labels = new Map(channels.map((one) => [one.name, one.label]))
  return (
    <section className="panel">
      <h2>{t('messages')}</h2>
      <div className="monitor-tools">
        <Select aria-label={t('channel')} value={channel} onChange={setChannel} options={[{ value: '', label: t('all') }, ...channels.map((one) => ({ value: one.name, label: one.label }))]} />
        <Select aria-label={t('state')} value={state} onChange={setState} options={[{ value: '', label: t('all') }, ...STATES.map((one) => ({ value: one, label: t(`state.${one}` as 'state.done') }))]} />
        <Input.Search allowClear aria-label={t('find')} placeholder={t('find')} defaultValue={patient} onSearch={setPatient} />
      </div>
      <StateView of={found} rows={6} empty={(rows) => !rows.length}>
        {(rows) => (
          <DataTable
            label={t('messages')}
            rows={rows}
            rowKey={(row) => row.message_id}
            columns={[
              { id: 'id', label: t('messages'), value: (row) => row.message_id, render: (row) => <Link to={`/monitor/${row.message_id}`}>{row.message_id}</Link> },
              { id: 'at', label: t('time'), value: (row) => row.received_at, render: (row) => moment(row.received_at) },
              { id: 'channel', label: t('channel'), value: (row) => labels.get(row.channel) ?? row.channel },
              { id: 'type', label: t('type'), value: (row) => row.type },
              { id: 'control', label: t('control'), value: (row) => row.control_id },
              { id: 'state', label: t('state'), value: (row) => t(`state.${row.state}` as 'state.done') },
              { id: 'reason', label: t('reason'), value: (row) => row.reason },
            ]}
          />
        )}
      </StateView>
    </section>
  )
}
