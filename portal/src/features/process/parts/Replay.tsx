import { ViewportPortal } from '@xyflow/react'
import { Button, Slider } from 'antd'
import { useEffect, useMemo, useRef, useState } from 'react'
import { number } from '@/shared/format'
import { StateView } from '@/shared/StateView'
import { useReplay, type Asked, type Schemas } from '../door'
import { endOf, spanOf, tokenAt, type Token } from '../model'
import { useWords } from '../words'

const SECONDS = 40
const STEPS = 20

const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches

/** Where a token is on the drawn line, or between the two activities where their line is left out. */
function place(token: Token, centres: ReadonlyMap<string, { x: number; y: number }>, paths: Map<string, SVGPathElement>): { x: number; y: number } | null {
  const path = paths.get(`${token.before}→${token.after}`)
  if (path) return path.getPointAtLength(token.share * path.getTotalLength())
  const from = centres.get(token.before)
  const to = centres.get(token.after)
  return from && to ? { x: from.x + (to.x - from.x) * token.share, y: from.y + (to.y - from.y) * token.share } : null
}

/** Tokens 病例 on the map at one minute: every case began at minute nought. */
export function Tokens({ cases, names, minute, centres }: { cases: Schemas['Replay']['cases']; names: string[]; minute: number; centres: ReadonlyMap<string, { x: number; y: number }> }) {
  const paths = useMemo(() => {
    const found = new Map<string, SVGPathElement>()
    for (const group of document.querySelectorAll<SVGGElement>('.flow .react-flow__edge')) {
      const path = group.querySelector<SVGPathElement>('.react-flow__edge-path')
      if (path) found.set(group.dataset.id ?? '', path)
    }
    return found
    // the lines are drawn anew with the map
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [centres])
  const spots = cases.flatMap((steps, at) => {
    const token = tokenAt(steps as [number, number][], names, minute)
    const spot = token ? place(token, centres, paths) : null
    return spot ? [{ ...spot, at }] : []
  })
  return (
    <ViewportPortal>
      <svg className="flow-tokens" aria-hidden="true">
        {spots.map((spot) => <circle key={spot.at} cx={spot.x} cy={spot.y} r={5} />)}
      </svg>
    </ViewportPortal>
  )
}

/** The controls of the replay 回放: play and pause (also the space bar), a slider; without movement it goes in steps. */
export function ReplayBar({ cohort, minute, setMinute, loaded }: { cohort: Asked; minute: number; setMinute: (minute: number) => void; loaded: (replay: Schemas['Replay']) => void }) {
  const t = useWords()
  const found = useReplay(cohort)
  const [playing, setPlaying] = useState(false)
  const end = found.data ? endOf(found.data.cases as [number, number][][]) : 0
  const now = useRef(minute)
  now.current = minute
  useEffect(() => {
    if (found.data) loaded(found.data)
  }, [found.data, loaded])
  useEffect(() => {
    if (!playing || !end) return
    if (still()) {
      const timer = window.setInterval(() => {
        if (now.current >= end) setPlaying(false)
        setMinute(Math.min(end, now.current + end / STEPS))
      }, 1000)
      return () => window.clearInterval(timer)
    }
    let last = performance.now()
    let frame = requestAnimationFrame(function go(at) {
      const next = Math.min(end, now.current + ((at - last) / 1000 / SECONDS) * end)
      last = at
      setMinute(next)
      if (next < end) frame = requestAnimationFrame(go)
      else setPlaying(false)
    })
    return () => cancelAnimationFrame(frame)
  }, [playing, end, setMinute])
  const span = spanOf(minute * 60)
  return (
    <StateView of={found} rows={1} empty={(data) => !data.cases.length}>
      {(data) => (
        <div
          className="flow-replay" role="group" aria-label={t('replay')}
          onKeyDown={(event) => {
            if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) {
              event.preventDefault()
              setPlaying(!playing)
            }
          }}
        >
          <Button
            size="small" aria-pressed={playing}
            onClick={() => {
              if (!playing && minute >= end) setMinute(0)
              setPlaying(!playing)
            }}
          >
            {playing ? t('pause') : t('play')}
          </Button>
          <Slider className="flow-slider" min={0} max={Math.max(1, Math.round(end))} value={Math.round(minute)} onChange={setMinute} ariaLabelForHandle={t('replayAt')} tooltip={{ open: false }} />
          <span className="flow-at">{span ? t(span.unit, { n: span.n }) : ''}</span>
          <span className="panel-note">{t('replaySay', { n: number(data.cases.length), of: number(data.of) })}</span>
        </div>
      )}
    </StateView>
  )
}
