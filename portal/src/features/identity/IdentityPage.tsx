import { Input, Segmented } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { decideTask, Refusal, takeBackTask, useReviewQueue } from '@/api/client'
import { useAddress } from '@/shared/address'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { nextOf, type Queue, STATES, verdictOf } from './model'
import { PairView } from './parts/PairView'
import { useWords } from './words'
import './identity.css'

/** 患者主索引: the doubts by score, two people side by side, and what a person says of them. */
export function IdentityPage() {
  const t = useWords()
  const [state, setState] = useAddress('state', 'open')
  const [chosen, setChosen] = useAddress('task', '')
  const found = useReviewQueue(state)
  return (
    <>
      <PageHead title={t('title')} notes={[t('say')]} />
      <div className="identity-tools">
        <Segmented aria-label={t('state')} value={state} onChange={(next) => { setState(String(next)); setChosen('') }} options={STATES.map((each) => ({ value: each, label: t(each) }))} />
        <span className="identity-keys">{t('keys')}</span>
      </div>
      <StateView of={found} rows={8} empty={(q) => !q.total} emptyTitle={t('empty')} emptySay={t('emptySay')}>
        {(queue) => <Desk queue={queue} chosen={Number(chosen) || (queue.tasks[0]?.id ?? 0)} choose={(id) => setChosen(id ? String(id) : '')} />}
      </StateView>
    </>
  )
}

function Desk({ queue, chosen, choose }: { queue: Queue; chosen: number; choose: (id: number | null) => void }) {
  const t = useWords()
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const [told, setTold] = useState('')
  const act = useCallback(
    async (what: ReturnType<typeof verdictOf>) => {
      if (!what || !chosen) return
      try {
        if (what === 'undo') await takeBackTask(chosen, reason || t('undo'))
        else await decideTask(chosen, what, reason || t(what === 'later' ? 'put' : what))
        setTold(t('decided'))
        setReason('')
        if (what !== 'undo') choose(nextOf(queue.tasks, chosen))
        await client.invalidateQueries()
      } catch (fault) {
        setTold(fault instanceof Refusal ? fault.message : t('failed'))
      }
    },
    [chosen, reason, queue.tasks, choose, client, t],
  )
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
      const verdict = verdictOf(event.key, typing, event.ctrlKey || event.metaKey || event.altKey)
      if (verdict) void act(verdict)
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [act])
  return (
    <div className="identity">
      <section className="panel identity-queue" aria-label={t('queue')}>
        <ol>
          {queue.tasks.map((task) => (
            <li key={task.id}>
              <button type="button" aria-pressed={task.id === chosen} onClick={() => choose(task.id)}>
                <b>{t(task.kind === 'card_misuse' ? 'card_misuse' : 'pair')}</b>
                <span>{(task.score * 100).toFixed(2)}%</span>
                <small>{task.low} · {task.high}{task.rules.length ? ` · ${task.rules.map((r) => r.said).join('、')}` : ''}</small>
              </button>
            </li>
          ))}
        </ol>
      </section>
      {chosen ? (
        <PairView id={chosen} act={(what) => void act(what)}>
          {queue.four_eyes ? <p className="identity-note">{t('fourEyes')}</p> : null}
          <Input aria-label={t('reason')} placeholder={`${t('reason')}：${t('reasonSay')}`} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
          <p role="status" className="identity-told">{told}</p>
        </PairView>
      ) : null}
      <section className="panel identity-agreed" aria-label={t('agreement')}>
        <h2>{t('agreement')}</h2>
        <p>{t('agreementSay')}</p>
        <dl>
          {queue.agreement.map((band) => (
            <div key={band.low}>
              <dt>{band.low}–{band.high}</dt>
              <dd>{band.same + band.different ? `${((100 * band.same) / (band.same + band.different)).toFixed(1)}%（${band.same + band.different}）` : t('none')}</dd>
            </div>
          ))}
        </dl>
        <p>{queue.advised === null ? t('notAdvised') : t('advised', { at: queue.advised })}</p>
      </section>
    </div>
  )
}
