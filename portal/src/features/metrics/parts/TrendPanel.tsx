import { Segmented } from 'antd'
import { useMemo } from 'react'
import { useCompared } from '@/api/client'
import type { Answer, MetricCard } from '@/api/shapes'
import { useSkin } from '@/app/skin'
import { FONT, skins } from '@/app/skins'
import { useAddress } from '@/shared/address'
import { Chart } from '@/shared/Chart'
import type { Spot } from '@/shared/drill'
import { useTranslation } from '@/shared/i18n'
import { StateView } from '@/shared/StateView'
import { trendOf, trendOption } from '@/shared/trend'
import { trendQuery, type Grain } from '../model'

/** The trend 走势 by day or month, beside the same days of last year. */
export function TrendPanel({ card, spot, end }: { card: MetricCard; spot: Spot | null; end: string }) {
  const { t } = useTranslation()
  const [grain, setGrain] = useAddress('grain', 'day')
  const answer = useCompared(trendQuery(card.id, grain as Grain, end, spot))
  return (
    <section className="panel" aria-label={t('metrics.trend')}>
      <header className="panel-head">
        <h2>{t('metrics.trend')}</h2>
        <Segmented aria-label={t('metrics.trend')} value={grain} onChange={setGrain} options={[{ value: 'day', label: t('metrics.byDay') }, { value: 'month', label: t('metrics.byMonth') }]} />
      </header>
      <div className="panel-body">
        <StateView of={answer} rows={6} empty={(data) => !data.rows.length}>
          {(data) => <Lines card={card} answer={data} />}
        </StateView>
      </div>
    </section>
  )
}

function Lines({ card, answer }: { card: MetricCard; answer: Answer }) {
  const { t } = useTranslation()
  const [skin] = useSkin()
  const option = useMemo(
    () => trendOption(trendOf(answer, card.id), card.unit, card.target?.value ?? null, { now: t('metrics.thisYear'), before: t('metrics.lastYear'), target: t('metrics.target') }, skins[skin], FONT),
    [answer, card, skin, t],
  )
  return <Chart option={option} label={`${card.label} ${t('metrics.trend')}`} />
}
