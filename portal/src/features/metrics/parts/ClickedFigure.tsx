import { Button } from 'antd'
import { useNavigate } from 'react-router'
import { useCompared } from '@/api/client'
import type { MetricCard } from '@/api/shapes'
import { evidenceOf, type Spot } from '@/shared/drill'
import { Change, Figure } from '@/shared/Figure'
import { cell as cellText, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { StateView } from '@/shared/StateView'
import { figureQuery, reading } from '../model'

/** The figure that led here, restated with its conditions, one step from its rows. */
export function ClickedFigure({ card, spot }: { card: MetricCard; spot: Spot }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const answer = useCompared(figureQuery(spot))
  const members = Object.entries(spot.cell.member)
  const named = (id: string) => card.dimensions.find((one) => one.id === id)?.label ?? id
  const filters = spot.query.filters ?? []
  return (
    <section className="panel clicked" aria-label={t('metrics.figure')}>
      <StateView of={answer} rows={1}>
        {(data) => {
          const read = reading(data, spot)
          const range = data.range?.start ? (data.range.start.slice(0, 10) === data.range.end?.slice(0, 10) ? data.range.start.slice(0, 10) : `${data.range.start.slice(0, 10)} — ${data.range.end?.slice(0, 10)}`) : null
          return (
            <>
              <div className="clicked-value">
                <Figure value={read?.value ?? null} unit={card.unit} size="hero" withUnit />
                <span className="clicked-yoy">
                  {t('time.yoy')} <Change unit={card.unit} better={card.better} relative={read?.yoy ?? null} difference={read?.yoyDiff ?? null} />
                </span>
              </div>
              <dl className="clicked-facts">
                <div>
                  <dt>{t('metrics.range')}</dt>
                  <dd>{range ?? cellText(null)}</dd>
                </div>
                <div>
                  <dt>{t('metrics.member')}</dt>
                  <dd>
                    {[...members.map(([id, value]) => `${named(id)} ${value ?? t('board.unknown')}`), ...filters.map((one) => `${named(one.dimension)} ${one.values.join('、')}`)].join('，') || t('metrics.whole')}
                  </dd>
                </div>
                <div>
                  <dt>{t('time.asOf')}</dt>
                  <dd>{moment(data.data_through)}</dd>
                </div>
              </dl>
              <Button type="primary" className="clicked-rows no-print" onClick={() => void navigate(evidenceOf(spot))} icon={<Glyph name="list" size={16} />}>
                {t('metrics.toRows')}
              </Button>
            </>
          )
        }}
      </StateView>
    </section>
  )
}
