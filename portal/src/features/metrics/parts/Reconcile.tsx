import { Button, Checkbox, Input, InputNumber } from 'antd'
import { useState, type ReactNode } from 'react'
import { useBridge } from '@/api/client'
import type { Bridge, MetricCard } from '@/api/shapes'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import type { Spot } from '@/shared/drill'
import { Figure } from '@/shared/Figure'
import { StateView } from '@/shared/StateView'
import { sides, signed, type OtherSide } from '../model'
import { useWords } from '../words'

type Step = Bridge['steps'][number] & { key: string }

/** Reconcile 对数: this number beside another department's, and the steps from one to the other. */
export function Reconcile({ card, spot, end }: { card: MetricCard; spot: Spot | null; end: string }) {
  const t = useWords()
  const [form, setForm] = useState<OtherSide>({ says: null, start: '', end: '', asOf: '', red: true })
  const [asked, setAsked] = useState<OtherSide | null>(null)
  const bridge = useBridge(sides(card.id, spot, end, asked ?? form, [t('mine'), t('theirs')]), asked !== null)
  const set = (change: Partial<OtherSide>) => setForm({ ...form, ...change })
  return (
    <section className="panel" aria-label={t('reconcile')}>
      <header className="panel-head">
        <h2>{t('reconcile')}</h2>
      </header>
      <div className="panel-body">
        <p className="why-note">{t('lead')}</p>
        <form className="bridge-form no-print" onSubmit={(event) => { event.preventDefault(); setAsked(form) }}>
          <Field label={t('says')}><InputNumber value={form.says} onChange={(says) => set({ says })} aria-label={t('says')} /></Field>
          <Field label={t('start')}><Input type="date" value={form.start} onChange={(event) => set({ start: event.target.value })} aria-label={t('start')} /></Field>
          <Field label={t('end')}><Input type="date" value={form.end} onChange={(event) => set({ end: event.target.value })} aria-label={t('end')} /></Field>
          <Field label={t('asOf')}><Input type="date" value={form.asOf} onChange={(event) => set({ asOf: event.target.value })} aria-label={t('asOf')} /></Field>
          <Checkbox checked={form.red} onChange={(event) => set({ red: event.target.checked })}>{t('red')}</Checkbox>
          <Button type="primary" htmlType="submit">{t('run')}</Button>
        </form>
        {asked ? (
          <StateView of={bridge} rows={4}>
            {(data) => <Steps card={card} told={data} />}
          </StateView>
        ) : null}
      </div>
    </section>
  )
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="bridge-field">
      <span>{label}</span>
      {children}
    </span>
  )
}

function Steps({ card, told }: { card: MetricCard; told: Bridge }) {
  const t = useWords()
  const [a, b] = told.sides
  const rows: Step[] = [
    { key: 'a', kind: 'side', say: a?.name ?? '', amount: 0, value: a?.value ?? 0, missing: false },
    ...told.steps.map((step, place) => ({ ...step, key: String(place) })),
    { key: 'b', kind: 'side', say: b?.name ?? '', amount: told.gap, value: b?.value ?? 0, missing: false },
  ]
  const columns: TableColumn<Step>[] = [
    { id: 'say', label: t('step'), value: (row) => row.say },
    { id: 'amount', label: t('change'), unit: card.unit, numeric: true, value: (row) => row.amount, render: (row) => <>{row.kind === 'side' && row.key === 'a' ? '' : signed(row.amount)}</> },
    { id: 'after', label: t('after'), unit: card.unit, numeric: true, value: (row) => row.value, render: (row) => <Figure value={row.value} unit={card.unit} /> },
  ]
  return told.steps.length ? <DataTable label={t('reconcile')} rows={rows} columns={columns} rowKey={(row) => row.key} /> : <p className="why-note">{t('same')}</p>
}
