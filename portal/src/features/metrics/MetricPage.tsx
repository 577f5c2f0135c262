import { useMemo } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { useMe, useMetric } from '@/api/client'
import type { MetricCard } from '@/api/shapes'
import { spotIn, type Spot } from '@/shared/drill'
import { useTranslation } from '@/shared/i18n'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { splits } from './model'
import { ClickedFigure } from './parts/ClickedFigure'
import { Definition } from './parts/Definition'
import { Reconcile } from './parts/Reconcile'
import { Split } from './parts/Split'
import { Sql } from './parts/Sql'
import { Standing } from './parts/Standing'
import { TrendPanel } from './parts/TrendPanel'
import { Why } from './parts/Why'
import './metrics.css'

/** A metric card 指标卡: what the number means, where it stands, how it moved. */
export function MetricPage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const [search] = useSearchParams()
  const spot = useMemo(() => spotIn(search), [search])
  const card = useMetric(id)
  return (
    <>
      <PageHead
        crumbs={[{ label: t('metrics.title'), to: '/metrics' }, { label: card.data?.label ?? id }]}
        title={
          <>
            {card.data?.label ?? id}
            {card.data ? <Standing text={card.data.standing} /> : null}
          </>
        }
        notes={card.data ? [card.data.label_en, card.data.unit, t('metrics.versionText', { n: card.data.version })] : []}
      />
      <StateView of={card} rows={10}>
        {(data) => <CardBody card={data} spot={spot} />}
      </StateView>
    </>
  )
}

function CardBody({ card, spot }: { card: MetricCard; spot: Spot | null }) {
  const me = useMe()
  const end = spot?.query.time?.end ?? me.data?.now ?? ''
  return (
    <div className="metric">
      <div className="metric-main">
        {spot ? <ClickedFigure card={card} spot={spot} /> : null}
        {end ? <TrendPanel card={card} spot={spot} end={end} /> : null}
        {end && splits(card, 'department') && !('department' in (spot?.cell.member ?? {})) ? <Split card={card} spot={spot} end={end} /> : null}
        {end ? <Why card={card} spot={spot} end={end} /> : null}
        {end ? <Reconcile card={card} spot={spot} end={end} /> : null}
        {card.sql ? <Sql text={card.sql} /> : null}
      </div>
      <Definition card={card} />
    </div>
  )
}
