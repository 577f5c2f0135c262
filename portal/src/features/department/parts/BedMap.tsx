import { Tooltip } from 'antd'
import type { Bed } from '@/api/shapes'
import { bedSummary } from '@/shared/board/model'
import { count } from '@/shared/format'
import { useTranslation } from '@/shared/i18n'
import { Face } from '@/shared/StateView'
import { LONG_STAY, wardsOf } from '../model'

/** 床位图: every bed of the department, taken or free, without a name. */
export function BedMap({ beds }: { beds: Bed[] }) {
  const { t } = useTranslation()
  const sum = bedSummary(beds)
  return (
    <section className="panel" aria-label={t('board.beds')}>
      <header className="panel-head">
        <h2>{t('board.beds')}</h2>
        <span className="panel-note">{t('board.bedsSay', { open: count(sum.open), used: count(sum.used), free: count(sum.free) })}</span>
      </header>
      <div className="panel-body">
        {beds.length ? null : <Face glyph="bed" title={t('face.empty')} />}
        {wardsOf(beds, t('board.unknown')).map(({ ward, beds: some }) => (
          <div key={ward} className="ward">
            <h3>
              {ward}
              <small>{`${bedSummary(some).used} / ${some.length}`}</small>
            </h3>
            <ul className="beds">
              {some.map((bed, at) => (
                <BedTile key={`${bed.bed}:${at}`} bed={bed} />
              ))}
            </ul>
          </div>
        ))}
        {beds.length ? <p className="beds-key">
          <span className="bed" data-state="taken" aria-hidden="true" /> {t('board.bedTaken')}
          <span className="bed" data-state="long" aria-hidden="true" /> {t('board.bedLong', { n: LONG_STAY })}
          <span className="bed" data-state="free" aria-hidden="true" /> {t('board.bedFree')}
        </p> : null}
      </div>
    </section>
  )
}

function BedTile({ bed }: { bed: Bed }) {
  const { t } = useTranslation()
  const days = bed.days ?? null
  const state = !bed.occupied ? 'free' : days !== null && days > LONG_STAY ? 'long' : 'taken'
  const said = [t('board.bedLabel', { bed: bed.bed, state: bed.occupied ? t('board.bedTaken') : t('board.bedFree') }), bed.extra ? t('board.bedExtra') : '', bed.occupied ? (bed.gender ?? '') : '', days !== null && bed.occupied ? t('board.bedDays', { n: days }) : '', bed.note ?? '']
    .filter(Boolean)
    .join('，')
  return (
    <Tooltip title={said}>
      <li className="bed" data-state={state} data-extra={bed.extra || undefined}>
        <span className="visually-hidden">{said}</span>
        <b aria-hidden="true">{bed.bed}</b>
        <small aria-hidden="true">{bed.occupied ? (days === null ? (bed.gender ?? '') : t('board.bedDays', { n: days })) : t('board.bedFree')}</small>
      </li>
    </Tooltip>
  )
}
