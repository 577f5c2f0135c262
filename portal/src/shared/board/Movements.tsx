import { Link } from 'react-router'
import type { Movement } from '@/api/shapes'
import { definitionOf, evidenceOf, spotOf } from '../drill'
import { Figure } from '../Figure'
import { dayOf, direction, number, quantity } from '../format'
import { Glyph } from '../Glyph'
import { useTranslation } from '../i18n'
import { Face } from '../StateView'

/** 今日异动: what, how much, since when, made of whom, and whether the data or the hospital changed. */
export function Movements({ movements }: { movements: Movement[] }) {
  const { t } = useTranslation()
  return (
    <section className="panel moves" aria-label={t('board.movements')}>
      <header className="panel-head">
        <h2>{t('board.movements')}</h2>
        <span className="panel-note">{movements.length || ''}</span>
      </header>
      {movements.length ? (
        <ul className="panel-body moves-list">
          {movements.map((move, at) => (
            <Move key={`${move.metric}-${at}`} move={move} />
          ))}
        </ul>
      ) : (
        <Face glyph="check" title={t('board.noMovements')} say={t('board.noMovementsSay')} />
      )}
    </section>
  )
}

function Move({ move }: { move: Movement }) {
  const { t } = useTranslation()
  const spot = spotOf(move.query, move.cell)
  const way = move.value !== null && move.usual !== null ? direction(move.value - move.usual) : 'level'
  return (
    <li className="move" data-cause={move.cause}>
      <div className="move-head">
        <Link to={definitionOf(move.metric, spot)} className="move-name">{move.label}</Link>
        <span className="move-what">{move.what}</span>
        <span className="tag" data-tone={move.cause === 'data' ? 'warn' : 'info'}>{move.cause === 'data' ? t('board.causeData') : t('board.causeHospital')}</span>
      </div>
      <div className="move-figures">
        <span className="move-value">
          <span aria-hidden="true" className="move-arrow">{way === 'up' ? '▲' : way === 'down' ? '▼' : ''}</span>
          <Figure value={move.value} unit={move.unit} size="large" withUnit />
        </span>
        <span>{t('board.usual', { value: quantity(move.usual, move.unit) })}</span>
        {move.since ? <span>{t('time.since', { day: dayOf(move.since) })}</span> : null}
      </div>
      {move.departments.length ? (
        <p className="move-made">
          <span>{t('board.made')}</span>
          {move.departments.map((one) => (
            <span key={one.name} className="move-part">
              {one.name}
              <b>{one.share === null ? '' : number(one.share, '%')}</b>
            </span>
          ))}
        </p>
      ) : null}
      <p className="move-say">{move.say}</p>
      {spot ? (
        <Link className="move-rows" to={evidenceOf(spot)}>
          {t('board.rows')}
          <Glyph name="arrow" size={14} />
        </Link>
      ) : null}
    </li>
  )
}
