import type { ReactNode } from 'react'
import type { MetricCard } from '@/api/shapes'
import { cell, quantity } from '@/shared/format'
import { useTranslation, word, zh } from '@/shared/i18n'
import { parametersOf, spoken } from '../model'

/** The definition 口径: in words, with owner, version and standard. */
export function Definition({ card }: { card: MetricCard }) {
  const { t } = useTranslation()
  const parameters = parametersOf(card.parameters)
  const facts: [string, ReactNode][] = [
    [t('metrics.owner'), cell(card.owner)],
    [t('metrics.steward'), cell(card.steward)],
    [t('metrics.target'), card.target ? [quantity(card.target.value, card.unit), card.target.source].filter(Boolean).join('，') : t('board.noTarget')],
    [t('metrics.kind'), word(zh.metrics.kinds, card.kind)],
    [t('metrics.departmentRole'), cell(card.department_role)],
    [t('metrics.timeAxes'), card.time_axes.map((axis) => axis.label).join('、') || cell(null)],
    [t('metrics.level'), cell(card.level === null ? null : String(card.level))],
    [t('metrics.version'), <span key="v">{t('metrics.versionText', { n: card.version })} <span className="mono metric-hash">{card.hash.slice(0, 8)}</span></span>],
    [t('metrics.synonyms'), card.synonyms.join('、') || cell(null)],
  ]
  return (
    <aside className="panel definition" aria-label={t('metrics.definitionHead')}>
      <h2>{t('metrics.definition')}</h2>
      <p className="definition-text">{card.definition}</p>
      <Formula card={card} />
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>{t('metrics.dimensions')}</h3>
      <p className="definition-tags">
        {card.dimensions.map((one) => (
          <span key={one.id} className="tag">{one.label}</span>
        ))}
      </p>
      <h3>{t('metrics.standards')}</h3>
      {card.standards.length ? (
        <ul className="definition-standards">
          {card.standards.map((one) => (
            <li key={one.code}>
              <span className="mono">{one.code}</span> {one.title}
              {one.edition ? <small>{t('metrics.edition', { edition: one.edition })}</small> : null}
            </li>
          ))}
        </ul>
      ) : (
        <p className="definition-none">{t('metrics.noStandards')}</p>
      )}
      {parameters.length ? (
        <>
          <h3>{t('metrics.parameters')}</h3>
          <dl className="facts">
            {parameters.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : null}
    </aside>
  )
}

function Formula({ card }: { card: MetricCard }) {
  const { t } = useTranslation()
  const over = spoken(card.numerator)
  const under = spoken(card.denominator)
  if (over && under && under !== '1') {
    return (
      <div className="formula" role="group" aria-label={t('metrics.formula')}>
        <span className="formula-name">{card.label} =</span>
        <span className="formula-ratio">
          <span>{over}</span>
          <span>{under}</span>
        </span>
        {card.unit === '%' ? <span>× 100%</span> : null}
      </div>
    )
  }
  const text = card.formula ?? over
  return text ? (
    <div className="formula" role="group" aria-label={t('metrics.formula')}>
      <span className="formula-name">{card.label} =</span>
      <span>{text}</span>
    </div>
  ) : null
}
