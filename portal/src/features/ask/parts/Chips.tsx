import { Button, Checkbox, Input, InputNumber, Popover, Select } from 'antd'
import { useState } from 'react'
import { useDimensionValues, useMe, useMetric, useMetrics } from '@/api/client'
import type { AskAnswer, MetricQuery, SaidChip } from '@/api/shapes'
import { Glyph } from '@/shared/Glyph'
import { GRAINS, presets, withCompare, withDimension, withFilter, withMetric, withoutMetric, withTime } from '../model'
import { useWords } from '../words'

type Change = (query: MetricQuery) => void

/** Every slot of what was understood, seen and changeable 条件签. */
export function Chips({ said, change }: { said: AskAnswer; change: Change }) {
  const t = useWords()
  const query = said.query
  if (!query) return null
  return (
    <ul className="chips" aria-label={t('chips')}>
      {said.chips.map((chip, place) => (
        <li key={`${chip.slot}-${chip.id}-${place}`}>
          {chip.fixed ? (
            <span className="chip" data-fixed title={t('fixed')}>
              <Glyph name="lock" size={12} />
              {chip.label}
            </span>
          ) : (
            <Editable label={chip.label} name={`${t('chip')} ${chip.label}`} dotted={false}>
              {(close) => <Editor chip={chip} query={query} said={said} change={(next) => { close(); change(next) }} />}
            </Editable>
          )}
        </li>
      ))}
      <li>
        <Editable label={`＋ ${t('add')}`} name={t('add')} dotted>
          {(close) => <Adder query={query} change={(next) => { close(); change(next) }} />}
        </Editable>
      </li>
    </ul>
  )
}

function Editable({ label, name, dotted, children }: { label: string; name: string; dotted: boolean; children: (close: () => void) => React.ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <Popover trigger="click" open={open} onOpenChange={setOpen} destroyOnHidden placement="bottomLeft" content={<div className="chip-editor">{open ? children(() => setOpen(false)) : null}</div>}>
      <button type="button" className="chip" data-dotted={dotted || undefined} aria-label={name} aria-expanded={open}>
        {label}
        <Glyph name="down" size={12} />
      </button>
    </Popover>
  )
}

function Editor({ chip, query, said, change }: { chip: SaidChip; query: MetricQuery; said: AskAnswer; change: Change }) {
  const t = useWords()
  switch (chip.slot) {
    case 'metric':
      return <MetricEditor id={chip.id} query={query} change={change} />
    case 'dimension':
      return <DimensionPick metric={query.metrics[0] ?? ''} skip={query.dimensions ?? []} label={t('dimension')} pick={(to) => change(withDimension(query, chip.id, to))} remove={() => change(withDimension(query, chip.id, null))} />
    case 'filter':
      return <FilterEditor dimension={chip.id} query={query} change={change} />
    case 'time':
      return <TimeEditor query={query} range={said.answer?.range ?? null} change={change} />
    case 'compare':
      return <CompareEditor query={query} change={change} />
    case 'order':
      return (
        <div className="chip-buttons">
          <Button size="small" onClick={() => change({ ...query, order: { by: chip.id, dir: 'desc' } })}>{t('desc')}</Button>
          <Button size="small" onClick={() => change({ ...query, order: { by: chip.id, dir: 'asc' } })}>{t('asc')}</Button>
          <Button size="small" onClick={() => change({ ...query, order: null, limit: null })}>{t('remove')}</Button>
        </div>
      )
    case 'limit':
      return <NumberEditor label={t('limit')} value={query.limit ?? 5} whole apply={(value) => change({ ...query, limit: value })} remove={() => change({ ...query, limit: null })} />
    case 'having': {
      const all = (query.having ?? []) as { metric: string; op: string; value: number }[]
      const mine = all.find((one) => one.metric === chip.id)
      return <NumberEditor label={t('value')} value={Number(mine?.value ?? 0)} apply={(value) => change({ ...query, having: all.map((one) => (one === mine ? { ...one, value } : one)) })} remove={() => change({ ...query, having: all.filter((one) => one !== mine) })} />
    }
    default:
      return <Button size="small" onClick={() => change({ ...query, share: false })}>{t('remove')}</Button>
  }
}

function MetricEditor({ id, query, change }: { id: string; query: MetricQuery; change: Change }) {
  const t = useWords()
  return (
    <>
      <MetricPick value={id} pick={(to) => change(withMetric(query, id, to))} />
      <div className="chip-buttons">
        {query.metrics.length > 1 ? <Button size="small" onClick={() => change(withoutMetric(query, id))}>{t('remove')}</Button> : null}
      </div>
    </>
  )
}

/** Choose a metric by name or synonym. */
export function MetricPick({ value, pick }: { value?: string; pick: (id: string) => void }) {
  const t = useWords()
  const metrics = useMetrics()
  return (
    <Select
      showSearch autoFocus aria-label={t('metric')} style={{ width: '100%' }} placeholder={t('metric')} value={value} loading={metrics.isLoading} optionFilterProp="words" onChange={pick} getPopupContainer={(node) => node.parentElement ?? document.body}
      options={(metrics.data ?? []).map((one) => ({ value: one.id, label: one.label, words: [one.label, ...one.synonyms].join(' ') }))}
    />
  )
}

function DimensionPick({ metric, skip, label, pick, remove }: { metric: string; skip: string[]; label: string; pick: (id: string) => void; remove?: () => void }) {
  const t = useWords()
  const card = useMetric(metric)
  return (
    <>
      <Select
        showSearch aria-label={label} style={{ width: '100%' }} placeholder={label} loading={card.isLoading} optionFilterProp="label" onChange={pick} getPopupContainer={(node) => node.parentElement ?? document.body}
        options={(card.data?.dimensions ?? []).filter((one) => !skip.includes(one.id)).map((one) => ({ value: one.id, label: one.label }))}
      />
      {remove ? <div className="chip-buttons"><Button size="small" onClick={remove}>{t('remove')}</Button></div> : null}
    </>
  )
}

function FilterEditor({ dimension, query, change }: { dimension: string; query: MetricQuery; change: Change }) {
  const t = useWords()
  const held = query.filters?.find((one) => one.dimension === dimension)
  const [values, setValues] = useState<string[]>((held?.values ?? []).map(String))
  const [without, setWithout] = useState(held?.op === 'not_in')
  const known = useDimensionValues(dimension)
  return (
    <>
      <Select
        mode="multiple" showSearch aria-label={t('filter')} style={{ width: '100%' }} value={values} onChange={setValues} loading={known.isLoading} optionFilterProp="label" getPopupContainer={(node) => node.parentElement ?? document.body}
        options={(known.data?.values ?? []).map((one) => ({ value: String(one.value ?? ''), label: one.label }))}
      />
      <Checkbox checked={without} onChange={(event) => setWithout(event.target.checked)}>{t('exclude')}</Checkbox>
      <div className="chip-buttons">
        <Button size="small" type="primary" disabled={!values.length} onClick={() => change(withFilter(query, dimension, values, without ? 'not_in' : 'in'))}>{t('apply')}</Button>
        <Button size="small" onClick={() => change(withFilter(query, dimension, []))}>{t('remove')}</Button>
      </div>
    </>
  )
}

function TimeEditor({ query, range, change }: { query: MetricQuery; range: { start: string | null; end: string | null } | null; change: Change }) {
  const t = useWords()
  const me = useMe()
  const [start, setStart] = useState((query.time?.start ?? range?.start ?? '').slice(0, 10))
  const [end, setEnd] = useState((query.time?.end ?? range?.end ?? '').slice(0, 10))
  const spans = presets(me.data?.now ?? new Date().toISOString())
  return (
    <>
      <div className="chip-buttons">
        {(Object.keys(spans) as (keyof typeof spans)[]).map((key) => (
          <Button key={key} size="small" onClick={() => change(withTime(query, ...spans[key]))}>{t(key)}</Button>
        ))}
      </div>
      <div className="chip-dates">
        <label>{t('from')}<Input type="date" size="small" value={start} max={end} onChange={(event) => setStart(event.target.value)} /></label>
        <label>{t('to')}<Input type="date" size="small" value={end} min={start} onChange={(event) => setEnd(event.target.value)} /></label>
        <Button size="small" type="primary" disabled={!start || !end || start > end} onClick={() => change(withTime(query, start, end))}>{t('apply')}</Button>
      </div>
    </>
  )
}

function CompareEditor({ query, change }: { query: MetricQuery; change: Change }) {
  const t = useWords()
  return (
    <div className="chip-buttons">
      <Button size="small" onClick={() => change(withCompare(query, ['yoy']))}>{t('yoy')}</Button>
      <Button size="small" onClick={() => change(withCompare(query, ['mom']))}>{t('mom')}</Button>
      <Button size="small" onClick={() => change(withCompare(query, []))}>{t('none')}</Button>
    </div>
  )
}

function NumberEditor({ label, value, whole = false, apply, remove }: { label: string; value: number; whole?: boolean; apply: (value: number) => void; remove: () => void }) {
  const t = useWords()
  const [held, setHeld] = useState<number | null>(value)
  return (
    <div className="chip-buttons">
      <InputNumber size="small" aria-label={label} value={held} min={whole ? 1 : undefined} precision={whole ? 0 : undefined} onChange={setHeld} />
      <Button size="small" type="primary" disabled={held === null} onClick={() => held !== null && apply(held)}>{t('apply')}</Button>
      <Button size="small" onClick={remove}>{t('remove')}</Button>
    </div>
  )
}

/** One more slot: a metric, a dimension, a filter, a comparison, proportions. */
function Adder({ query, change }: { query: MetricQuery; change: Change }) {
  const t = useWords()
  const [filter, setFilter] = useState<string | null>(null)
  const metric = query.metrics[0] ?? ''
  if (filter) return <FilterEditor dimension={filter} query={query} change={change} />
  return (
    <>
      <div className="chip-buttons">
        <Button size="small" onClick={() => change(withCompare(query, ['yoy']))}>{t('yoy')}</Button>
        <Button size="small" onClick={() => change(withCompare(query, ['mom']))}>{t('mom')}</Button>
        {query.dimensions?.length ? <Button size="small" onClick={() => change({ ...query, order: { by: metric, dir: 'desc' } })}>{t('desc')}</Button> : null}
        {query.dimensions?.length ? <Button size="small" onClick={() => change({ ...query, share: true })}>{t('share')}</Button> : null}
      </div>
      <DimensionPick metric={metric} skip={query.dimensions ?? []} label={t('dimension')} pick={(to) => change(withDimension(query, null, to))} />
      <DimensionPick metric={metric} skip={[...GRAINS, ...(query.filters ?? []).map((one) => one.dimension)]} label={t('filter')} pick={setFilter} />
      <MetricPick pick={(to) => change(withMetric(query, null, to))} />
    </>
  )
}
