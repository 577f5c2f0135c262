import { App, Button } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { decideSynonym, useProposals, useUnanswered } from '@/api/client'
import type { SynonymLine, UnansweredLine } from '@/api/shapes'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { StateView } from '@/shared/StateView'
import { useWords } from '../words'

/** What could not be answered, for the owners of metrics, and synonyms for the steward 没答上的. */
export function Learnt() {
  const t = useWords()
  const unanswered = useUnanswered(true)
  const proposals = useProposals(true)
  const queries = useQueryClient()
  const { message } = App.useApp()
  const decide = async (line: SynonymLine, accept: boolean) => {
    await decideSynonym(line.id, accept)
    void message.success(t('thanks'))
    await queries.invalidateQueries()
  }
  return (
    <div className="learnt">
      <section className="panel" aria-label={t('unanswered')}>
        <header className="panel-head"><h2>{t('unanswered')}</h2><span className="panel-note">{t('unansweredSay')}</span></header>
        <div className="panel-body">
          <StateView of={unanswered} empty={(data) => !data.length} emptyTitle={t('noUnanswered')} emptySay="">
            {(lines) => (
              <DataTable<UnansweredLine>
                label={t('unanswered')} rows={lines} rowKey={(line) => `${line.question}|${line.reason}`}
                columns={[
                  { id: 'question', label: t('question'), value: (line) => line.question },
                  { id: 'reason', label: t('reason'), value: (line) => t(`reasons.${line.reason}` as 'reasons.unclear') },
                  { id: 'times', label: t('times'), numeric: true, value: (line) => line.times },
                  { id: 'last', label: t('last'), value: (line) => moment(line.last) },
                  { id: 'owner', label: t('owner'), value: (line) => line.owner },
                ]}
              />
            )}
          </StateView>
        </div>
      </section>
      <section className="panel" aria-label={t('proposals')}>
        <header className="panel-head"><h2>{t('proposals')}</h2><span className="panel-note">{t('proposalsSay')}</span></header>
        <div className="panel-body">
          <StateView of={proposals} empty={(data) => !data.length} emptyTitle={t('noProposals')} emptySay="">
            {(lines) => (
              <DataTable<SynonymLine>
                label={t('proposals')} rows={lines} rowKey={(line) => String(line.id)}
                columns={[
                  { id: 'word', label: t('word'), value: (line) => line.word },
                  { id: 'means', label: t('means'), value: (line) => line.label },
                  { id: 'question', label: t('question'), value: (line) => line.question },
                  {
                    id: 'verdict', label: '', sort: false, value: () => '',
                    render: (line) => (
                      <span className="chip-buttons">
                        <Button size="small" type="primary" onClick={() => void decide(line, true)}>{t('accept')}</Button>
                        <Button size="small" onClick={() => void decide(line, false)}>{t('reject')}</Button>
                      </span>
                    ),
                  },
                ]}
              />
            )}
          </StateView>
        </div>
      </section>
    </div>
  )
}
