import { Tooltip } from 'antd'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Better } from '@/api/shapes'
import { definitionOf, evidenceOf, type Spot } from './drill'
import { change, changeText, direction, exact, number, tone, UNKNOWN } from './format'
import { useTranslation } from './i18n'

interface FigureProps {
  value: number | null
  unit?: string | null
  size?: 'hero' | 'large' | 'plain'
  withUnit?: boolean
}

/** A number 数字 with its exact value in the tooltip. */
export function Figure({ value, unit, size = 'plain', withUnit = false }: FigureProps) {
  const text = number(value, unit)
  const body = (
    <span className="figure" data-size={size} data-unknown={text === UNKNOWN || undefined}>
      {text}
      {withUnit && unit && unit !== '%' && text !== UNKNOWN ? <small className="figure-unit">{unit}</small> : null}
    </span>
  )
  return value === null ? body : <Tooltip title={exact(value, unit)}>{body}</Tooltip>
}

/** Every number is a door 每个数都是门: to its definition with the rows one step further, or straight to the rows. */
export function DrillDown({ metric, spot, to = 'definition', label, children }: { metric?: string | null; spot: Spot | null; to?: 'definition' | 'rows'; label?: string; children: ReactNode }) {
  const id = metric ?? spot?.cell.metric
  if (!id) return <>{children}</>
  const href = to === 'rows' && spot ? evidenceOf(spot) : definitionOf(id, spot)
  return (
    <Link to={href} className="door" aria-label={label}>
      {children}
    </Link>
  )
}

/** A change 变化: the arrow says up or down, the colour good or bad, and words say both. */
export function Change({ unit, better, relative, difference, bare = false }: { unit?: string | null; better?: Better | null; relative: number | null; difference: number | null; bare?: boolean }) {
  const { t } = useTranslation()
  const amount = change(unit, relative, difference)
  if (amount === null) return <span className="change" data-tone="plain">{UNKNOWN}</span>
  const way = direction(amount)
  const mood = tone(better, amount)
  const said = [t(`board.${way}`), mood === 'plain' ? '' : t(`board.${mood}`)].filter(Boolean).join('，')
  return (
    <span className="change" data-tone={mood}>
      <span aria-hidden="true" className="change-arrow">{way === 'up' ? '▲' : way === 'down' ? '▼' : '＝'}</span>
      <span className="visually-hidden">{said}</span>
      {bare && unit === '%' ? (
        <>
          {changeText(null, amount).replace(/%$/, '')}
          <span className="visually-hidden">{t('board.points')}</span>
        </>
      ) : (
        changeText(unit, amount)
      )}
    </span>
  )
}
