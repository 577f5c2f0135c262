import { Button, Select } from 'antd'
import { useDepartment, useDimensionValues, useMe } from '@/api/client'
import type { DepartmentBoard } from '@/api/shapes'
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
import { matches } from '@/shared/pinyin'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { nameOf } from './model'
import { BedMap } from './parts/BedMap'
import { Todos } from './parts/Todos'
import './department.css'

/** 科室看板: one department against its target and its own past, its beds and what waits to be done. */
export function DepartmentPage() {
  const { t } = useTranslation()
  const me = useMe()
  const [department, setDepartment] = useAddress('department', '')
  const board = useDepartment({ department: department || undefined })
  const departments = useDimensionValues('department')
  const options = departments.data?.values ?? []
  const name = nameOf(board.data, options, department, me.data?.department)
  return (
    <>
      <PageHead
        title={
          <>
            {t('board.department')}
            {name ? <span className="department-name">{name}</span> : null}
          </>
        }
        notes={[board.data?.data_through ? t('time.through', { at: moment(board.data.data_through) }) : null]}
      >
        {options.length > 1 ? (
          <Select
            showSearch={{ filterOption: (typed, option) => matches(option?.label ?? '', typed) }}
            aria-label={t('sources.department')}
            placeholder={t('sources.department')}
            value={department || (options.find((one) => one.label === name)?.value ?? undefined)}
            onChange={setDepartment}
            popupMatchSelectWidth={false}
            className="department-pick"
            options={options.map((one) => ({ value: one.value, label: one.label }))}
          />
        ) : null}
        <Button icon={<Glyph name="print" size={16} />} onClick={() => window.print()}>
          {t('board.print')}
        </Button>
      </PageHead>
      <StateView of={board} rows={12}>
        {(data) => <Body board={data} />}
      </StateView>
    </>
  )
}

function Body({ board }: { board: DepartmentBoard }) {
  const { t } = useTranslation()
  return (
    <>
      {board.speaks_of ? (
        <p className="notice" role="status">
          <Glyph name="clock" size={16} />
          {t('board.speaksOf', { day: dayOf(board.speaks_of) })}
        </p>
      ) : null}
      <Strip moments={board.strip} through={board.data_through} />
      <div className="cards">
        {cardsOf(board.cards).map((card) => (
          <IndicatorCard key={card.id} card={card} />
        ))}
      </div>
      <div className="board-lower">
        <div className="board-column">
          <BedMap beds={board.beds} />
          {board.ranking ? <RankingPanel ranking={board.ranking} by={board.ranking.by} /> : null}
        </div>
        <div className="board-column">
          <Todos todo={board.todo} />
          <Movements movements={board.movements} />
        </div>
      </div>
    </>
  )
}
