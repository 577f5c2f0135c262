import { Button, Segmented, Tooltip } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { download, markAnswer } from '@/api/client'
import type { AskAnswer, MetricQuery } from '@/api/shapes'
import { definitionOf, evidenceOf } from '@/shared/drill'
import { DrillDown } from '@/shared/Figure'
import { exact, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { optionText, pictures, spotOfFigure } from '../model'
import { useWords } from '../words'
import { Chips, MetricPick } from './Chips'
import { Picture } from './Picture'

interface AnsweredProps {
  said: AskAnswer
  last: boolean
  ask: (question: string) => void
  change: (query: MetricQuery, intent: string) => void
  mend: (metric: string) => void
}

/** One answer 答话: sentence, picture, what was understood, where it comes from, and the ways on. */
export function Answered({ said, last, ask, change, mend }: AnsweredProps) {
  const t = useWords()
  const offered = pictures(said)
  const [as, setAs] = useState<'chart' | 'table'>('chart')
  return (
    <div className="said" data-behaviour={said.behaviour}>
      <Sentence said={said} />
      {said.notes.length ? <p className="said-notes">{said.notes.join('；')}</p> : null}
      {said.behaviour === 'refuse' && said.hint ? <p className="said-hint">{said.hint}</p> : null}
      {said.options.length ? (
        <div className="said-ways" role="group" aria-label={t('options')}>
          {said.options.map((one) => (
            <Button key={`${one.kind}-${one.id}`} disabled={!last} onClick={() => ask(optionText(one))}>{one.label}</Button>
          ))}
        </div>
      ) : null}
      <Chips said={said} change={(query) => change(query, said.intent)} />
      {offered.length > 1 ? (
        <Segmented className="said-switch" size="small" aria-label={`${t('chart')} ${t('table')}`} value={as} onChange={setAs} options={[{ value: 'chart', label: t('chart') }, { value: 'table', label: t('table') }]} />
      ) : null}
      <Picture said={said} as={as} />
      <Foot said={said} mend={mend} />
      {last && said.next.length ? (
        <div className="said-ways" role="group" aria-label={t(said.behaviour === 'refuse' ? 'way' : 'next')}>
          {said.next.map((one) => (
            <Button key={one} size="small" shape="round" onClick={() => ask(one)}>{one}</Button>
          ))}
        </div>
      ) : null}
    </div>
  )
}

function Sentence({ said }: { said: AskAnswer }) {
  const lone = said.phrases.filter((one) => one.figure).length === 1
  return (
    <p className="said-sentence" data-refused={said.behaviour === 'refuse' || undefined}>
      {said.phrases.map((one, place) => {
        const figure = one.figure
        if (!figure || figure.value === null) return <span key={place}>{one.text}</span>
        const spot = spotOfFigure(said, figure)
        return (
          <Tooltip key={place} title={exact(figure.value, figure.unit)}>
            <span className="said-figure" data-hero={lone || undefined}>
              <DrillDown metric={figure.metric} spot={spot}>{one.text}</DrillDown>
            </span>
          </Tooltip>
        )
      })}
    </p>
  )
}

function Foot({ said, mend }: { said: AskAnswer; mend: (metric: string) => void }) {
  const t = useWords()
  const [thumb, setThumb] = useState<'up' | 'down' | null>(null)
  const [mending, setMending] = useState(false)
  const answer = said.answer
  const mark = (way: 'up' | 'down') => {
    setThumb(way)
    if (way === 'down') setMending(true)
    void markAnswer(said.id, way === 'up').catch(() => setThumb(null))
  }
  const first = said.phrases.find((one) => one.figure && one.figure.column !== 'amount')?.figure
  const spot = first ? spotOfFigure(said, first) : null
  return (
    <>
      <div className="said-foot">
        {answer?.data_through ? <span>{t('through')} {moment(answer.data_through)}</span> : null}
        {answer?.incomplete.length ? (
          <Tooltip title={answer.incomplete.map((one) => String((one as { say?: string }).say ?? '')).join('；')}>
            <span className="tag" data-tone="warn" tabIndex={0}>{t('incomplete')}</span>
          </Tooltip>
        ) : null}
        {said.metric ? <Link to={definitionOf(said.metric, spot)}>{t('definition')}</Link> : null}
        {spot ? <Link to={evidenceOf(spot)}>{t('rows')}</Link> : null}
        {answer && answer.rows.length > 1 ? (
          <Button type="link" size="small" onClick={() => void download('/export', { query: answer.query, title: said.question.slice(0, 60) })}>{t('excel')}</Button>
        ) : null}
        <span className="said-space" />
        {thumb ? <span role="status">{t('thanks')}</span> : null}
        <Button type="text" size="small" aria-label={t('right')} title={t('right')} aria-pressed={thumb === 'up'} icon={<Glyph name="thumb" size={16} />} onClick={() => mark('up')} />
        <Button type="text" size="small" aria-label={t('wrong')} title={t('wrong')} aria-pressed={thumb === 'down'} icon={<span className="said-down"><Glyph name="thumb" size={16} /></span>} onClick={() => mark('down')} />
        <Button type="link" size="small" aria-expanded={mending} onClick={() => setMending((open) => !open)}>{t('mend')}</Button>
      </div>
      {mending ? (
        <div className="said-mend">
          <p>{t('mendSay')}</p>
          <MetricPick value={said.metric || undefined} pick={(id) => { setMending(false); mend(id) }} />
        </div>
      ) : null}
    </>
  )
}
