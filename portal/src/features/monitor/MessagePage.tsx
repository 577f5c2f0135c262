import { App, Button, Input } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { correctMessage, useMessage } from '@/api/client'
import { moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { pathOf, type Story } from './model'
import { useWords } from './words'
import './monitor.css'

/** 消息追踪: one message as a vertical story, from its named fields to the metrics it moved. */
export function MessagePage() {
  const t = useWords()
  const { message = '' } = useParams()
  const story = useMessage<Story>(message)
  return (
    <>
      <PageHead
        title={t('story', { id: message })}
        crumbs={[{ label: t('back'), to: '/monitor' }]}
        notes={story.data ? [story.data.type, moment(story.data.received_at), t(`state.${story.data.state}` as 'state.done'), story.data.charset ? t('charset', { name: story.data.charset }) : null] : []}
      />
      <StateView of={story} rows={12}>{(told) => <Told story={told} />}</StateView>
    </>
  )
}

function Told({ story }: { story: Story }) {
  const t = useWords()
  const bad = story.state !== 'done' && story.reason !== ''
  return (
    <ol className="story">
      <li className="panel" data-tone={bad ? 'bad' : 'good'}>
        <h2><Glyph name={bad ? 'alert' : 'check'} size={18} /> {t('checks')}</h2>
        <p>{story.reason || t('ok')}</p>
        {bad && story.segments.length ? <Correct story={story} /> : null}
      </li>
      {story.segments.length ? (
        <li className="panel">
          <h2>{t('raw')}</h2>
          <p className="monitor-say">{t('rawSay')}</p>
          {story.segments.map((segment, at) => (
            <details key={at} open={at < 4}>
              <summary><code className="mono">{segment.name}</code> {segment.label}</summary>
              <dl className="story-fields">
                {segment.fields.map((field) => (
                  <div key={field.path}>
                    <dt><code className="mono">{field.path}</code> {field.label}</dt>
                    <dd>{field.value}</dd>
                  </div>
                ))}
              </dl>
            </details>
          ))}
        </li>
      ) : null}
      <li className="panel">
        <h2>{t('staged')}</h2>
        {story.staged.map((row, at) => (
          <details key={at} open={at < 3}>
            <summary>{row.label} <code className="mono">{row.table}</code></summary>
            <dl className="story-fields">
              {Object.entries(row.values).filter(([, value]) => value).map(([name, value]) => (
                <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
              ))}
            </dl>
          </details>
        ))}
      </li>
      <li className="panel">
        <h2>{t('rows')}</h2>
        {story.rows.length ? (
          <ul>
            {story.rows.map((row, at) => (
              <li key={at}>
                <Link to={`/record?table=${row.table}&key=${encodeURIComponent(row.key)}`}>{row.label} {row.key}</Link>
                {row.current ? null : <span className="monitor-say"> {t('earlier')}</span>}
              </li>
            ))}
          </ul>
        ) : <p className="monitor-say">{t('rowsNone')}</p>}
      </li>
      {story.deliveries.length ? (
        <li className="panel">
          <h2>{t('deliveries')}</h2>
          <ul>
            {story.deliveries.map((one) => (
              <li key={one.destination}>
                <code className="mono">{one.destination}</code> {t(`out.${one.state}` as 'out.sent')}
                <span className="monitor-say"> {one.at ? moment(one.at) : ''} {one.said}</span>
              </li>
            ))}
          </ul>
        </li>
      ) : null}
      {story.metrics.length ? (
        <li className="panel">
          <h2>{t('metrics')}</h2>
          <p className="story-metrics">{story.metrics.map((one) => <Link key={one.id} to={`/metrics/${one.id}`}>{one.label}</Link>)}</p>
        </li>
      ) : null}
    </ol>
  )
}

function Correct({ story }: { story: Story }) {
  const t = useWords()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const go = useNavigate()
  const [path, setPath] = useState(pathOf(story.reason))
  const [value, setValue] = useState('')
  const save = async () => {
    try {
      const { message_id } = await correctMessage(story.message_id, { [path]: value })
      void message.success(t('became', { id: message_id }))
      await cache.invalidateQueries()
      void go(`/monitor/${message_id}`)
    } catch (fault) {
      void message.error(fault instanceof Error ? fault.message : String(fault))
    }
  }
  return (
    <div className="story-correct">
      <p className="monitor-say">{t('correctSay')}</p>
      <Input aria-label={t('path')} placeholder={t('path')} value={path} onChange={(event) => setPath(event.target.value)} />
      <Input aria-label={t('value')} placeholder={t('value')} value={value} onChange={(event) => setValue(event.target.value)} onPressEnter={() => void save()} />
      <Button type="primary" disabled={!path || !value} onClick={() => void save()}>{t('save')}</Button>
    </div>
  )
}
