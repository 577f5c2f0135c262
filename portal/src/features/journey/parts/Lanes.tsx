import { useEffect, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { moment } from '@/shared/format'
import type { Line, Mark } from '../door'
import { axisOf, LANES, recordOf, spanOf, stack } from '../model'
import { useWords } from '../words'

const ROW = 20
const HEAD = 26
const NAME = 72

/** Swimlanes 泳道: every lane on one axis; a bar lasts, a dot is a moment, a thin line is a wait. The list beside it is the keyboard's way. */
export function Lanes({ line, back }: { line: Line; back: string }) {
  const t = useWords()
  const lane = (name: string) => t(`lane.${name as 'labs'}`)
  const go = useNavigate()
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(900)
  useEffect(() => {
    if (!box.current) return undefined
    const watch = new ResizeObserver(([entry]) => setRoom(Math.max(560, Math.floor(entry!.contentRect.width))))
    watch.observe(box.current)
    return () => watch.disconnect()
  }, [])
  const drawn = useMemo(() => {
    const axis = axisOf(line.marks, room - NAME)
    if (!axis) return null
    let top = HEAD
    const lanes = LANES.flatMap((name) => {
      const marks = line.marks.filter((mark) => mark.lane === name)
      if (!marks.length) return []
      const rows = stack(marks, axis)
      const height = (Math.max(...rows.values()) + 1) * ROW + 14
      const one = { name, marks, rows, top, height }
      top += height
      return [one]
    })
    return { axis, lanes, height: top + 4 }
  }, [line.marks, room])
  if (!drawn) return null
  const { axis, lanes, height } = drawn
  const told = (mark: Mark) => [mark.activity, moment(mark.completed), mark.department, mark.resource].filter(Boolean).join(' · ')
  return (
    <div className="lanes" ref={box} tabIndex={0} role="region" aria-label={t('lanes')}>
      <svg width={room} height={height} aria-hidden="true" focusable="false">
        {axis.ticks.map((tick) => (
          <g key={tick.at} transform={`translate(${NAME + tick.at} 0)`} className="lanes-tick">
            <line y1={HEAD - 6} y2={height} />
            <text y={14}>{tick.label}</text>
          </g>
        ))}
        {lanes.map((one) => (
          <g key={one.name} transform={`translate(0 ${one.top})`} className="lanes-lane" data-lane={one.name}>
            <line x2={room} className="lanes-line" />
            <text y={20} className="lanes-name">{lane(one.name)}</text>
            <g transform={`translate(${NAME} 14)`}>
              {line.waits.filter((wait) => wait.lane === one.name).map((wait, at) => {
                const [from, to] = [axis.at(wait.since), axis.at(wait.until)]
                if (to - from < 10) return null
                const span = spanOf(wait.minutes)
                return (
                  <g key={at} className="lanes-wait">
                    <line x1={from} x2={to} y1={-4} y2={-4} />
                    {to - from > 54 ? <text x={(from + to) / 2} y={-7}>{t(span.unit, { n: span.n })}</text> : null}
                  </g>
                )
              })}
              {one.marks.map((mark) => {
                const x = axis.at(mark.completed)
                const from = axis.at(mark.started ?? mark.completed)
                const y = one.rows.get(mark.event_id)! * ROW + 4
                return (
                  <g key={mark.event_id} className="lanes-mark" data-event={mark.event_id} onClick={() => void go(recordOf(mark, back))}>
                    <title>{told(mark)}</title>
                    <rect x={Math.min(from, x) - 5} y={y - 2} width={Math.max(x - from, 0) + 10} height={12} rx={6} />
                  </g>
                )
              })}
            </g>
          </g>
        ))}
      </svg>
    </div>
  )
}
