import { App, Button, Popconfirm } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { restoreChannel, useChannelDifference, useChannelVersions, useMonitor } from '@/api/client'
import { useAddress } from '@/shared/address'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { diffLines, type Difference, type Overview, type Version } from './model'
import { useWords } from './words'
import './monitor.css'

/** 通道的版本: what its text was, what changed, and back again. */
export function ChannelPage() {
  const t = useWords()
  const { channel = '' } = useParams()
  const versions = useChannelVersions<Version[]>(channel)
  const monitor = useMonitor<Overview>()
  const [chosen, setChosen] = useAddress('version', '')
  const label = monitor.data?.channels.find((one) => one.name === channel)?.label ?? channel
  return (
    <>
      <PageHead title={t('versionsOf', { name: label })} crumbs={[{ label: t('back'), to: '/monitor' }]} notes={[t('versionsSay')]} />
      <StateView of={versions} rows={6}>
        {(all) => (
          <div className="monitor">
            <section className="panel">
              <h2>{t('versions')}</h2>
              <DataTable
                label={t('versions')}
                rows={all}
                rowKey={(row) => String(row.number)}
                columns={[
                  { id: 'number', label: t('versions'), value: (row) => row.number, render: (row) => t('version', { n: row.number }) },
                  { id: 'at', label: t('when'), value: (row) => row.at, render: (row) => moment(row.at) },
                  { id: 'by', label: t('by'), value: (row) => row.by || t('folder') },
                  { id: 'act', label: '', sort: false, value: () => null, render: (row) => (row.current ? t('current') : <Button size="small" onClick={() => setChosen(String(row.number))}>{t('compare')}</Button>) },
                ]}
              />
            </section>
            {chosen && all.some((one) => String(one.number) === chosen) ? <Changed channel={channel} number={Number(chosen)} done={() => setChosen('')} /> : null}
          </div>
        )}
      </StateView>
    </>
  )
}

function Changed({ channel, number, done }: { channel: string; number: number; done: () => void }) {
  const t = useWords()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const difference = useChannelDifference<Difference>(channel, number)
  const back = async () => {
    try {
      const made = await restoreChannel(channel, number)
      void message.success(t('putBackDone', { n: made.number }))
      await cache.invalidateQueries()
      done()
    } catch (fault) {
      void message.error(fault instanceof Error ? fault.message : String(fault))
    }
  }
  return (
    <section className="panel">
      <StateView of={difference} rows={8}>
        {(told) => (
          <>
            <h2>{t('difference', { a: told.old, b: told.new })}</h2>
            {told.text ? (
              <div className="diff" role="region" aria-label={t('difference', { a: told.old, b: told.new })} tabIndex={0}>
                {diffLines(told.text).map((line, at) => <code key={at} data-kind={line.kind}>{line.text}</code>)}
              </div>
            ) : <p className="monitor-say">{t('same')}</p>}
            <Popconfirm title={t('sure', { n: number })} okText={t('yes')} cancelText={t('no')} onConfirm={() => void back()}>
              <Button type="primary">{t('putBack', { n: number })}</Button>
            </Popconfirm>
          </>
        )}
      </StateView>
    </section>
  )
}
