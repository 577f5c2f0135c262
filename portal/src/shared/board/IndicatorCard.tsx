import { Tooltip } from 'antd'
import { Link } from 'react-router'
import type { Card, Period } from '@/api/shapes'
import { definitionOf, spotOf } from '../drill'
import { Change, DrillDown, Figure } from '../Figure'
import { quantity } from '../format'
import { Glyph } from '../Glyph'
import { useTranslation } from '../i18n'
import { Sparkline } from '../Sparkline'
import { progressOf } from './model'

const PERIODS: Period[] = ['yesterday', 'month', 'year']

/** One indicator 指标卡: 昨日 · 本月累计 · 本年累计 side by side, each with the same days of last year. */
export function IndicatorCard({ card }: { card: Card }) {
  const { t } = useTranslation()
  return (
    <article className="card panel" data-card={card.id} aria-label={card.label}>
      <h3 className="card-head">
        <Link to={definitionOf(card.id)} aria-label={t('board.definition', { label: card.label })}>
          {card.label}
          <Glyph name="info" size={14} />
        </Link>
        {card.unit ? <small>{card.unit === '%' ? t('board.yoyPoints') : card.unit}</small> : null}
      </h3>
      <dl className="card-periods">
        {PERIODS.map((period) => {
          const standing = card.columns[period]
          return (
            <div key={period} data-period={period}>
              <dt>{t(`time.${period}`)}</dt>
              <dd>
                <DrillDown metric={card.id} spot={spotOf(standing?.query, standing?.cell)} label={`${card.label} ${t(`time.${period}`)} ${quantity(standing?.value, card.unit)}`}>
                  <Figure value={standing?.value ?? null} unit={card.unit} size={period === 'yesterday' ? 'hero' : 'large'} />
                </DrillDown>
                <span className="card-yoy">
                  <span className="card-yoy-word">{t('time.yoy')}</span>
                  <Change unit={card.unit} better={card.better} relative={standing?.yoy ?? null} difference={standing?.yoy_diff ?? null} bare />
                </span>
              </dd>
            </div>
          )
        })}
      </dl>
      {card.sparkline.length > 1 ? <Sparkline points={card.sparkline} unit={card.unit} target={card.target?.value} label={card.label} /> : null}
      <Target card={card} />
      {card.parts.length || card.notes.length ? (
        <div className="card-foot">
          {card.parts.map((part) => (
            <span key={part.label} className="card-part">
              {part.label}
              <DrillDown spot={spotOf(part.query, part.cell)} label={`${part.label} ${quantity(part.value, part.unit)}`}>
                <Figure value={part.value} unit={part.unit} />
              </DrillDown>
            </span>
          ))}
          {card.notes.map((note) => (
            <span key={note} className="tag" data-tone="warn">{note}</span>
          ))}
        </div>
      ) : null}
    </article>
  )
}

function Target({ card }: { card: Card }) {
  const { t } = useTranslation()
  const progress = progressOf(card)
  if (!card.target || !progress) return null
  return (
    <div className="card-target" data-tone={progress.tone}>
      <Tooltip title={card.target.source ? t('board.targetFrom', { source: card.target.source }) : ''}>
        <span>{t('board.target', { value: quantity(card.target.value, card.unit) })}</span>
      </Tooltip>
      <span className="meter" role="meter" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(Math.min(progress.share, 100))} aria-label={t('board.progress', { value: progress.text })}>
        <span style={{ inlineSize: `${Math.min(progress.share, 100)}%` }} />
      </span>
      <span className="card-reached">
        {progress.tone === 'good' ? <Glyph name="check" size={13} /> : null}
        {progress.tone === 'good' ? t('board.reached') : t('board.progress', { value: progress.text })}
      </span>
    </div>
  )
}
