import { Button, Segmented } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { askInWords, Refusal, useMe, useSuggestions } from '@/api/client'
import type { AskAnswer, MetricQuery } from '@/api/shapes'
import { Glyph } from '@/shared/Glyph'
import { PageHead } from '@/shared/PageHead'
import { withMetric, type Talk } from './model'
import { Answered } from './parts/Answered'
import { Composer } from './parts/Composer'
import { Learnt } from './parts/Learnt'
import { useWords } from './words'
import './ask.css'

interface Kept {
  who: string
  conversation: string
  talks: Talk[]
}

/** The conversation outlives the page, so that a door opened from an answer leads back to it. */
let kept: Kept = { who: '', conversation: '', talks: [] }
const fresh = (who: string): Kept => ({ who, conversation: crypto.randomUUID(), talks: [] })

/** 问数: a question in words, answered; a conversation. */
export function AskPage() {
  const t = useWords()
  const me = useMe()
  const [search, setSearch] = useSearchParams()
  const steward = me.data?.can.includes('sees_sql') ?? false
  const learnt = steward && search.get('view') === 'learnt'
  return (
    <>
      <PageHead title={t('title')} notes={[t('say')]}>
        {steward ? (
          <Segmented
            aria-label={t('title')} value={learnt ? 'learnt' : 'ask'} onChange={(view) => setSearch(view === 'learnt' ? { view } : {})}
            options={[{ value: 'ask', label: t('ask') }, { value: 'learnt', label: t('learnt') }]}
          />
        ) : null}
      </PageHead>
      {learnt ? <Learnt /> : me.data ? <Conversation who={me.data.name} /> : null}
    </>
  )
}

function Conversation({ who }: { who: string }) {
  const t = useWords()
  const [search, setSearch] = useSearchParams()
  if (kept.who !== who) kept = fresh(who)
  const [talks, setTalks] = useState<Talk[]>(kept.talks)
  const [busy, setBusy] = useState(false)
  const end = useRef<HTMLDivElement>(null)
  const begun = useRef(false)
  const show = (next: Talk[]) => {
    kept = { ...kept, talks: next }
    setTalks(next)
  }

  const put = async (question: string, query?: MetricQuery, intent?: string, corrects?: number) => {
    const key = (kept.talks.at(-1)?.key ?? 0) + 1
    const turns = kept.talks.filter((one) => !one.edited).map((one) => one.question).slice(-20)
    show([...kept.talks, { key, question, edited: Boolean(query), said: null, fault: null }])
    setBusy(true)
    const land = (said: AskAnswer | null, fault: string | null) => show(kept.talks.map((one) => (one.key === key ? { ...one, said, fault } : one)))
    try {
      land(await askInWords({ question, conversation: kept.conversation, turns, ...(query ? { query, intent: intent ?? 'value', corrects: corrects ?? null } : {}) }), null)
    } catch (fault) {
      land(null, fault instanceof Refusal && fault.message ? fault.message : t('failed'))
    } finally {
      setBusy(false)
    }
  }

  const first = search.get('q')
  useEffect(() => {
    if (!first || begun.current) return
    begun.current = true
    setSearch({}, { replace: true })
    void put(first)
    // Asked once, when the address brought a question.
  }, [first])

  const landed = talks.filter((one) => one.said ?? one.fault).length
  useEffect(() => {
    if (talks.length) end.current?.scrollIntoView({ block: 'end' })
  }, [talks.length, landed])

  const mend = (talk: Talk, metric: string) => {
    const said = talk.said
    if (!said) return
    const query = said.query ? withMetric({ ...said.query, metrics: said.query.metrics.slice(0, 1) }, said.query.metrics[0] ?? metric, metric) : { metrics: [metric] }
    void put(talk.question, query, said.intent || 'value', said.id)
  }

  return (
    <div className="ask">
      {talks.length ? (
        <ol className="ask-talks" aria-live="polite" aria-busy={busy}>
          {talks.map((talk, place) => (
            <li key={talk.key}>
              <p className="ask-question"><span className="visually-hidden">{t('you')}</span>{talk.edited ? <span className="tag">{t('edited')}</span> : null}{talk.question}</p>
              <article className="panel ask-answer" aria-label={`${t('house')} ${talk.question}`}>
                {talk.said ? (
                  <Answered
                    said={talk.said} last={place === talks.length - 1} ask={(question) => void put(question)} mend={(metric) => mend(talk, metric)}
                    change={(query, intent) => void put(talk.question, query, intent, talk.said?.id)}
                  />
                ) : talk.fault ? (
                  <p className="said-sentence" role="alert">{talk.fault} <Button size="small" onClick={() => void put(talk.question)}>{t('retry')}</Button></p>
                ) : (
                  <p className="ask-waiting" role="status"><Glyph name="clock" size={16} />{t('asking')}</p>
                )}
              </article>
            </li>
          ))}
        </ol>
      ) : (
        <Welcome ask={(question) => void put(question)} />
      )}
      <div ref={end} className="ask-end" />
      <div className="ask-dock">
        <Composer busy={busy} recall={talks.at(-1)?.question ?? ''} send={(question) => void put(question)} />
        <p className="ask-keys">
          <span>{t('keys')}</span>
          {talks.length ? (
            <Button type="link" size="small" onClick={() => { kept = fresh(who); setTalks([]) }}>{t('clear')}</Button>
          ) : null}
        </p>
      </div>
    </div>
  )
}

function Welcome({ ask }: { ask: (question: string) => void }) {
  const t = useWords()
  const offered = useSuggestions('')
  return (
    <section className="ask-welcome" aria-label={t('suggestions')}>
      <h2>{t('hello')}</h2>
      <p>{t('helloSay')}</p>
      <div className="said-ways" role="group" aria-label={t('suggestions')}>
        {(offered.data?.questions ?? []).map((one) => (
          <Button key={one} shape="round" onClick={() => ask(one)}>{one}</Button>
        ))}
      </div>
    </section>
  )
}
