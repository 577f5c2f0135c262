import { Select, Tabs } from 'antd'
import { lazy, Suspense } from 'react'
import { useParams } from 'react-router'
import { useAddress } from '@/shared/address'
import { DataTable } from '@/shared/DataTable'
import { count, moment } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { Link } from 'react-router'
import { usePatient, type Page } from './door'
import { longest, recordOf, spanOf } from './model'
import { Lanes } from './parts/Lanes'
import { Loops } from './parts/Loops'
import { Reason } from './parts/Reason'
import { useWords } from './words'
import './journey.css'

const Labs = lazy(async () => ({ default: (await import('./parts/Labs')).Labs }))

/** 患者360: one patient's journey on one axis of time; what lies outside one's care asks for a reason. */
export function PatientPage() {
  const t = useWords()
  const person = Number(useParams().person)
  const [contact, setContact] = useAddress('contact', '')
  const found = usePatient(person, contact)
  const crumbs = [{ label: t('back'), to: '/patients' }, { label: t('patient') }]
  if (found.error?.code === 'patient.outside' && !found.data) {
    return (
      <>
        <PageHead crumbs={crumbs} title={t('outside')} />
        <Reason person={person} onOpen={() => void found.refetch()} />
      </>
    )
  }
  return (
    <>
      <PageHead crumbs={crumbs} title={found.data ? (found.data.header.name ?? t('nameless')) : t('patient')} notes={found.data ? notesOf(found.data, t) : []} />
      <StateView of={found} rows={12}>
        {(page) => (
          <>
            {page.ground === 'opened' ? (
              <p className="journey-banner" role="status">
                <Glyph name="alert" size={18} />
                {t('opened', { until: moment(page.until), reason: page.reason })}
              </p>
            ) : null}
            <Body person={person} page={page} contact={contact} setContact={setContact} />
          </>
        )}
      </StateView>
    </>
  )
}

const notesOf = (page: Page, t: ReturnType<typeof useWords>) => [
  page.header.gender, page.header.age === null ? null : t('years', { n: page.header.age }),
  page.header.identifiers > 1 ? t('identities', { n: page.header.identifiers }) : null, t('events', { n: count(page.timeline.events) }),
]

function Body({ person, page, contact, setContact }: { person: number; page: Page; contact: string; setContact: (id: string) => void }) {
  const t = useWords()
  const line = page.timeline
  const [tab, setTab] = useAddress('tab', 'lanes')
  const chosen = contact || line.shown || ''
  const options = [
    { value: '', label: t('all') },
    ...line.contacts.map((one) => ({ value: one.id, label: [moment(one.began), one.kind, one.department, one.diagnosis, one.id].filter(Boolean).join(' · ') })),
  ]
  return (
    <section className="panel journey">
      <div className="journey-tools">
        <Select showSearch optionFilterProp="label" aria-label={t('contacts')} value={chosen} onChange={setContact} options={options} popupMatchSelectWidth={false} />
        {!contact && line.shown ? <span className="panel-note">{t('chosen')}</span> : null}
        {line.cut ? <span className="panel-note">{t('cut')}</span> : null}
      </div>
      <Tabs
        activeKey={tab}
        onChange={setTab}
        items={[
          { key: 'lanes', label: t('lanes'), children: <><Lanes line={line} back={`/patients/${person}`} /><Waits page={page} /></> },
          { key: 'list', label: t('list'), children: <Events page={page} person={person} /> },
          { key: 'loops', label: t('loops'), children: tab === 'loops' ? <Loops person={person} contact={contact} /> : null },
          { key: 'labs', label: t('labs'), children: tab === 'labs' ? <Suspense><Labs person={person} /></Suspense> : null },
        ]}
      />
    </section>
  )
}

function Waits({ page }: { page: Page }) {
  const t = useWords()
  const waits = longest(page.timeline.waits)
  if (!waits.length) return null
  return (
    <div className="journey-waits">
      <h2>{t('waits')}</h2>
      <ol>
        {waits.map((wait, at) => {
          const span = spanOf(wait.minutes)
          return (
            <li key={at}>
              <span>{wait.before}</span>
              <Glyph name="arrow" size={14} />
              <span>{wait.after}</span>
              <strong>{t(span.unit, { n: span.n })}</strong>
              <span className="panel-note">{moment(wait.since)}</span>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

function Events({ page, person }: { page: Page; person: number }) {
  const t = useWords()
  const lane = (name: string) => t(`lane.${name as 'labs'}`)
  return (
    <DataTable
      label={t('list')}
      rows={page.timeline.marks}
      rowKey={(row) => row.event_id}
      columns={[
        { id: 'when', label: t('when'), value: (row) => row.completed, render: (row) => moment(row.completed) },
        { id: 'lane', label: t('kind'), value: (row) => lane(row.lane) },
        { id: 'activity', label: t('activity'), value: (row) => row.activity },
        { id: 'place', label: t('place'), value: (row) => row.department },
        { id: 'resource', label: t('resource'), value: (row) => row.resource },
        { id: 'source', label: t('source'), sort: false, value: (row) => row.source_key, render: (row) => <Link to={recordOf(row, `/patients/${person}`)}>{t('source')}</Link> },
      ]}
    />
  )
}
