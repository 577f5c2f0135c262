import { Button, Segmented } from 'antd'
import { useCockpit, useDimensionValues } from '@/api/client'
import { useAddress } from '@/shared/address'
import { IndicatorCard } from '@/shared/board/IndicatorCard'
import { cardsOf } from '@/shared/board/model'
import { Movements } from '@/shared/board/Movements'
import { RankingPanel } from '@/shared/board/RankingPanel'
import { Strip } from '@/shared/board/Strip'
import '@/shared/board/board.css'
import { dayOf, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { CockpitBones } from './parts/CockpitBones'
import { campusOptions, wayOf } from './model'

/** 院长驾驶舱: the hospital on one page. */
export function CockpitPage() {
  const { t } = useTranslation()
  const [campus, setCampus] = useAddress('campus', '')
  const [by, setBy] = useAddress('by', 'department')
  const board = useCockpit({ campus: campus || undefined, by: wayOf(by) })
  const campuses = useDimensionValues('campus')
  return (
    <>
      <PageHead title={t('board.cockpit')} notes={[board.data?.data_through ? t('time.through', { at: moment(board.data.data_through) }) : null]}>
        {campuses.data && campuses.data.values.length > 1 ? (
          <Segmented aria-label={t('board.campus')} value={campus} onChange={setCampus} options={campusOptions(campuses.data.values, t('board.campusAll'))} />
        ) : null}
        <Button icon={<Glyph name="print" size={16} />} onClick={() => window.print()}>
          {t('board.print')}
        </Button>
      </PageHead>
      <StateView of={board} loading={<CockpitBones />} empty={(data) => !data.cards.length && !data.strip.length}>
        {(data) => (
          <>
            {data.speaks_of ? (
              <p className="notice" role="status">
                <Glyph name="clock" size={16} />
                {t('board.speaksOf', { day: dayOf(data.speaks_of) })}
              </p>
            ) : null}
            <Strip moments={data.strip} through={data.data_through} />
            <div className="cards">
              {cardsOf(data.cards).map((card) => (
                <IndicatorCard key={card.id} card={card} />
              ))}
            </div>
            <div className="board-lower">
              {data.ranking ? <RankingPanel ranking={data.ranking} by={wayOf(by)} setBy={setBy} /> : null}
              <Movements movements={data.movements} />
            </div>
          </>
        )}
      </StateView>
    </>
  )
}
