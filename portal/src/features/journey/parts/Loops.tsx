import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { StateView } from '@/shared/StateView'
import { useLoops } from '../door'
import { useWords } from '../words'

/** Closed loops 闭环: every node with its time, the missing ones said and coloured. */
export function Loops({ person, contact }: { person: number; contact: string }) {
  const t = useWords()
  const lane = (name: string) => t(`lane.${name as 'labs'}`)
  const found = useLoops(person, contact, true)
  return (
    <StateView of={found} rows={8} empty={(rows) => !rows.length}>
      {(rows) => (
        <>
          <p className="panel-note">{t('loopsSay')}</p>
          <DataTable
            label={t('loops')}
            rows={rows}
            rowKey={(row) => `${row.kind}:${row.id}`}
            columns={[
              { id: 'kind', label: t('kind'), value: (row) => lane(row.kind) },
              { id: 'what', label: t('what'), value: (row) => row.title },
              {
                id: 'nodes', label: t('nodes'), sort: false, value: (row) => row.steps.map((step) => step.name).join(' '),
                render: (row) => (
                  <ol className="loop">
                    {row.steps.map((step) => (
                      <li key={step.name} data-state={step.at ? 'done' : step.missing ? 'missing' : 'ahead'}>
                        <span>{step.name}</span>
                        <small>{step.at ? moment(step.at) : step.missing ? t('missing') : moment(null)}</small>
                      </li>
                    ))}
                  </ol>
                ),
              },
              { id: 'state', label: t('state'), value: (row) => row.closed, render: (row) => <span className="tag" data-tone={row.closed ? 'good' : row.steps.some((step) => step.missing) ? 'bad' : 'info'}>{row.closed ? t('closed') : t('openYet')}</span> },
            ]}
          />
        </>
      )}
    </StateView>
  )
}
