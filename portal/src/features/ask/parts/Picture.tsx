import { useMemo } from 'react'
import type { AskAnswer, Explained } from '@/api/shapes'
import { useSkin } from '@/app/skin'
import { FONT, skins } from '@/app/skins'
import { Chart } from '@/shared/Chart'
import { DataTable } from '@/shared/DataTable'
import type { Spot } from '@/shared/drill'
import { Change, DrillDown, Figure } from '@/shared/Figure'
import { cell as cellText, quantity } from '@/shared/format'
import { bars, leading, linesOption, memberText, series } from '../model'
import { useWords } from '../words'

const SHOWN = 12

/** The picture that fits the answer's shape 图. */
export function Picture({ said, as }: { said: AskAnswer; as: 'chart' | 'table' }) {
  if (!said.answer || said.chart === 'figure') return null
  if (said.chart === 'causes') return said.explanation ? <Causes why={said.explanation} first={said.causes.map((one) => one.dimension)} /> : null
  if (as === 'table' || said.chart === 'table') return <Rows said={said} />
  if (said.chart === 'line' || said.chart === 'lines') return <Lines said={said} />
  return <Bars said={said} />
}

function Lines({ said }: { said: AskAnswer }) {
  const t = useWords()
  const [skin] = useSkin()
  const answer = said.answer
  const unit = answer?.columns.find((one) => one.id === said.metric)?.unit ?? ''
  const option = useMemo(() => (answer ? linesOption(series(answer, t('unfilled')), unit, said.limits, skins[skin], FONT) : null), [answer, said.limits, skin, t, unit])
  return option ? <Chart option={option} label={said.sentence} height={260} /> : null
}

function Bars({ said }: { said: AskAnswer }) {
  const t = useWords()
  const answer = said.answer
  if (!answer) return null
  const listed = bars(said, t('unfilled'))
  const metric = answer.query.metrics[0] ?? ''
  const unit = said.chart === 'shares' ? '%' : (answer.columns.find((one) => one.id === metric)?.unit ?? '')
  const most = Math.max(...listed.map((one) => Math.abs(one.value ?? 0)), 0)
  const compared = Boolean(answer.query.compare?.length)
  const spot = (member: Spot['cell']['member']): Spot => ({ query: { ...answer.query, order: null, limit: null }, cell: { metric, member } })
  return (
    <ol className="askbars" aria-label={said.sentence}>
      {listed.slice(0, SHOWN).map((one) => (
        <li key={one.name} data-outside={one.outside || undefined}>
          <span className="askbars-name">{one.name}{one.outside ? <span className="tag" data-tone="warn">{t('outside')}</span> : null}</span>
          <span className="askbars-bar" aria-hidden="true"><span style={{ inlineSize: most ? `${(Math.abs(one.value ?? 0) / most) * 100}%` : 0 }} /></span>
          <span className="askbars-value">
            <DrillDown metric={metric} spot={spot(one.member)} to="rows"><Figure value={one.value} unit={unit} /></DrillDown>
            {compared ? <Change unit={unit} relative={one.relative} difference={one.difference} /> : null}
          </span>
        </li>
      ))}
      {listed.length > SHOWN ? <li className="askbars-more">{t('moreRows', { n: listed.length - SHOWN })}</li> : null}
    </ol>
  )
}

function Causes({ why, first }: { why: Explained; first: string[] }) {
  const t = useWords()
  const unit = why.unit === '%' ? t('points') : why.unit
  return (
    <div className="causes">
      {leading(why.by, first).slice(0, 4).map((by) => {
        const most = Math.max(...by.parts.map((one) => Math.abs(one.amount)), 0)
        return (
          <section key={by.dimension} aria-label={t('byDimension', { label: by.label })}>
            <h2>{t('byDimension', { label: by.label })}</h2>
            <ol className="askbars">
              {by.parts.slice(0, 5).map((one) => (
                <li key={one.label || '—'} data-down={one.amount < 0 || undefined}>
                  <span className="askbars-name">{one.label || t('unfilled')}</span>
                  <span className="askbars-bar" aria-hidden="true"><span style={{ inlineSize: most ? `${(Math.abs(one.amount) / most) * 100}%` : 0 }} /></span>
                  <span className="askbars-value figure">{`${one.amount < 0 ? '−' : one.amount > 0 ? '+' : ''}${quantity(Math.abs(one.amount), why.unit === '%' ? '' : why.unit)}${why.unit === '%' ? unit : ''}`}</span>
                </li>
              ))}
            </ol>
          </section>
        )
      })}
    </div>
  )
}

function Rows({ said }: { said: AskAnswer }) {
  const t = useWords()
  const answer = said.answer
  if (!answer) return null
  const dimensions = answer.query.dimensions ?? []
  const rows = answer.rows.map((held, place) => ({ key: String(place), held }))
  return (
    <DataTable
      label={said.sentence}
      rows={rows}
      rowKey={(row) => row.key}
      columns={answer.columns.map((column, place) => ({
        id: column.id,
        label: column.label,
        unit: column.unit,
        numeric: column.role !== 'dimension',
        value: (row: { held: unknown[] }) => row.held[place],
        render: (row: { held: unknown[] }) => (dimensions.includes(column.id) ? memberText(column.id, (row.held[place] ?? null) as string, t('unfilled')) : cellText(row.held[place], column.unit)),
      }))}
    />
  )
}
