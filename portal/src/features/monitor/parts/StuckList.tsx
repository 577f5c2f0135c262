import { App, Button } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { replayMessages } from '@/api/client'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { changesOf, type Channel, type Replayed, type Stuck } from '../model'
import { useWords } from '../words'

/** Dead letters 死信 by signature: look at one, rehearse, replay all of them. */
export function StuckList({ stuck, channels }: { stuck: Stuck[]; channels: Channel[] }) {
  const t = useWords()
  const labels = new Map(channels.map((one) => [one.name, one.label]))
  return (
    <section className="panel">
      <h2>{t('stuck')}</h2>
      <p className="monitor-say">{stuck.length ? t('stuckSay') : t('nothing')}</p>
      {stuck.length ? (
        <DataTable
          label={t('stuck')}
          rows={stuck}
          rowKey={(row) => `${row.channel}|${row.state}|${row.reason}`}
          columns={[
            { id: 'reason', label: t('reason'), value: (row) => row.reason },
            { id: 'count', label: t('count'), numeric: true, value: (row) => row.count },
            { id: 'channel', label: t('channel'), value: (row) => labels.get(row.channel) ?? row.channel },
            { id: 'state', label: t('state'), value: (row) => t(`state.${row.state}` as 'state.done') },
            { id: 'until', label: t('until'), value: (row) => row.until, render: (row) => moment(row.until) },
            { id: 'act', label: '', sort: false, value: () => null, render: (row) => <Acts stuck={row} /> },
          ]}
        />
      ) : null}
    </section>
  )
}

function Acts({ stuck }: { stuck: Stuck }) {
  const t = useWords()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const run = async (dry: boolean) => {
    try {
      const told = (await replayMessages({ channel: stuck.channel, state: stuck.state, reason: stuck.reason }, dry)) as Replayed
      const changed = changesOf(told) || t('noChange')
      const why = told.failed[0]?.reason
      void message.info(`${t(dry ? 'dry' : 'did', { n: told.messages, p: told.placed, c: changed })}${why ? `。${t('stillFails', { n: told.failed.length, why })}` : ''}`, 6)
      if (!dry) await cache.invalidateQueries()
    } catch (fault) {
      void message.error(fault instanceof Error ? fault.message : String(fault))
    }
  }
  return (
    <span className="monitor-acts">
      <Link to={`/monitor/${stuck.last_id}`}>{t('look')}</Link>
      <Button size="small" onClick={() => void run(true)}>{t('rehearse')}</Button>
      <Button size="small" onClick={() => void run(false)}>{t('replay')}</Button>
    </span>
  )
}
