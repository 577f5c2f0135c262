import { quantity, shortDay } from './format'
import { useTranslation } from './i18n'
import { spark, type Point } from './spark'

/** A sparkline 走势: thirty days in a line, weekends shaded by nothing, the last day dotted, the target dashed. */
export function Sparkline({ points, unit, target, label }: { points: Point[]; unit: string; target?: number | null; label: string }) {
  const { t } = useTranslation()
  const drawn = spark(points, 260, 40, target ?? null)
  if (!drawn) return <div className="spark" data-empty />
  const first = points[0]
  const last = points.at(-1)
  return (
    <figure className="spark">
      <div className="spark-box">
      <svg viewBox="0 0 260 40" preserveAspectRatio="none" role="img" aria-label={`${label} ${t('board.trend', { n: points.length })} ${quantity(drawn.low, unit)} – ${quantity(drawn.high, unit)}`}>
        <path className="spark-area" d={drawn.area} />
        {drawn.target === null ? null : <line className="spark-target" x1="0" x2="260" y1={drawn.target} y2={drawn.target} vectorEffect="non-scaling-stroke" />}
        <path className="spark-line" d={drawn.line} vectorEffect="non-scaling-stroke" />
      </svg>
        <span className="spark-dot" style={{ insetInlineStart: `${drawn.last.x}%`, insetBlockStart: `${drawn.last.y}%` }} />
      </div>
      <figcaption className="spark-days">
        <span>{first ? shortDay(first.day) : ''}</span>
        <span>{last ? shortDay(last.day) : ''}</span>
      </figcaption>
    </figure>
  )
}
