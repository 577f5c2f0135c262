import { Button, Input, Popover } from 'antd'
import { type ReactNode, useState } from 'react'
import { Refusal, revealPerson, useReviewPair } from '@/api/client'
import { StateView } from '@/shared/StateView'
import { type Field, FIELDS, type Person, valuesOf, type Verdict, waterfall } from '../model'
import { useWords } from '../words'

type Opened = Record<string, string[]>

/** Two people side by side 并排两人: every field with its weight, what happened to each, and the verdict. */
export function PairView({ id, act, children }: { id: number; act: (what: Verdict | 'undo') => void; children: ReactNode }) {
  const t = useWords()
  const found = useReviewPair(id)
  const [opened, setOpened] = useState<Record<number, Opened>>({})
  return (
    <section className="panel identity-pair">
      <StateView of={found} rows={8}>
        {({ task, left, right }) => (
          <>
            <div className="identity-verdict">
              <Button type="primary" onClick={() => act('same')}>{t('same')} J</Button>
              <Button onClick={() => act('different')}>{t('different')} K</Button>
              <Button onClick={() => act('later')}>{t('put')} L</Button>
              {task.state === 'open' ? null : <Button onClick={() => act('undo')}>{t('undo')} U</Button>}
            </div>
            {children}
            {task.rules.map((rule) => <p key={rule.rule} className="identity-note">{t('held', { said: rule.said })}</p>)}
            {task.against.length ? <p className="identity-note">{t('against', { what: task.against.map((a) => t(a === 'age' ? 'age' : 'gender')).join('、') })}</p> : null}
            <div className="identity-scroll">
              <table className="identity-table">
                <thead>
                  <tr>
                    <th scope="col">{t('field')}</th>
                    {[left, right].map((person, at) => (
                      <th scope="col" key={at}>
                        {t(at ? 'right' : 'left')}　{t('person', { n: person.person })}
                        <small>{t('patients', { n: person.patients.length })}</small>
                        <Reveal person={person} opened={opened[person.person]} show={(values) => setOpened({ ...opened, [person.person]: values })} />
                      </th>
                    ))}
                    <th scope="col">{t('how')}</th>
                    <th scope="col">{t('evidence')} {task.weight.toFixed(1)}</th>
                  </tr>
                </thead>
                <tbody>
                  {FIELDS.map((field) => (
                    <Row key={field} field={field} left={left} right={right} opened={opened} task={task} />
                  ))}
                </tbody>
              </table>
            </div>
            <div className="identity-histories">
              {[left, right].map((person, at) => <History key={at} person={person} />)}
            </div>
          </>
        )}
      </StateView>
    </section>
  )
}

function Row({ field, left, right, opened, task }: { field: Field; left: Person; right: Person; opened: Record<number, Opened>; task: { fields: Parameters<typeof waterfall>[0] } }) {
  const t = useWords()
  const bar = waterfall(task.fields).find((each) => each.field === field)
  const said = (person: Person) => (opened[person.person]?.[field] ?? valuesOf(person, field)).join('　') || '—'
  return (
    <tr>
      <th scope="row">{t(`names.${field}`)}</th>
      <td>{said(left)}</td>
      <td>{said(right)}</td>
      <td>{bar?.said ?? '—'}</td>
      <td className="identity-bar">
        {bar ? <div><i data-tone={bar.weight < 0 ? 'bad' : 'good'} style={{ left: `${bar.from}%`, width: `${Math.max(bar.wide, 1)}%` }} /><span>{bar.weight > 0 ? '+' : ''}{bar.weight.toFixed(1)}</span></div> : null}
      </td>
    </tr>
  )
}

function Reveal({ person, opened, show }: { person: Person; opened?: Opened; show: (values: Opened) => void }) {
  const t = useWords()
  const [reason, setReason] = useState('')
  const [told, setTold] = useState('')
  if (opened) return <small role="status">{t('opened')}</small>
  const open = async () => {
    try {
      show(await revealPerson(person.person, reason))
    } catch (fault) {
      setTold(fault instanceof Refusal ? fault.message : t('failed'))
    }
  }
  return (
    <Popover trigger="click" title={t('revealSay')} content={<div className="identity-reveal"><Input aria-label={t('reason')} value={reason} onChange={(event) => setReason(event.target.value)} onPressEnter={() => void open()} /><Button onClick={() => void open()} disabled={reason.trim().length < 2}>{t('reveal')}</Button><p role="status">{told}</p></div>}>
      <Button size="small">{t('reveal')}</Button>
    </Popover>
  )
}

function History({ person }: { person: Person }) {
  const t = useWords()
  return (
    <div>
      <h2>{t('person', { n: person.person })}　{t('history')}</h2>
      <ul>
        {person.patients.map((p) => <li key={p.patient}>{p.source}　{p.local_id}</li>)}
        {person.events.slice(-8).map((event) => <li key={event.seq}>{event.at}　{t(`events.${event.kind}`)}　{event.by}　{event.reason}</li>)}
      </ul>
    </div>
  )
}
