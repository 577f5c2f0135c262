import type { Moment } from '@/api/shapes'
import { spotOf } from '../drill'
import { DrillDown, Figure } from '../Figure'
import { clockTime, quantity } from '../format'
import { useTranslation } from '../i18n'

/** The strip 此刻: the house at this minute, in one line. */
export function Strip({ moments, through }: { moments: Moment[]; through: string | null }) {
  const { t } = useTranslation()
  if (!moments.length) return null
  const asOf = moments.find((one) => one.as_of)?.as_of ?? through
  return (
    <section className="strip panel" aria-label={t('time.now')}>
      <h2 className="strip-now">
        {t('time.now')}
        <small>
          {t('time.asOf')} <time dateTime={asOf ?? undefined}>{clockTime(asOf)}</time>
        </small>
      </h2>
      <dl className="strip-list">
        {moments.map((one) => (
          <div key={one.id} className="strip-item" data-moment={one.id}>
            <dt>{one.label}</dt>
            <dd>
              <DrillDown spot={spotOf(one.query, one.cell)} to="rows" label={`${one.label} ${quantity(one.value, one.unit)}`}>
                <Figure value={one.value} unit={one.unit} size="large" withUnit />
              </DrillDown>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
