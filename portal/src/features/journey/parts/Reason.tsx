import { Button, Input } from 'antd'
import { useState } from 'react'
import { Refusal } from '@/api/client'
import { Face } from '@/shared/StateView'
import { openPatient } from '../door'
import { useWords } from '../words'

/** Breaking the glass 破窗: why, then thirty minutes. */
export function Reason({ person, onOpen }: { person: number; onOpen: () => void }) {
  const t = useWords()
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<Refusal | null>(null)
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    setFault(null)
    try {
      await openPatient(person, reason)
      onOpen()
    } catch (caught) {
      if (caught instanceof Refusal) setFault(caught)
      else throw caught
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className="panel">
      <Face glyph="lock" tone="warn" title={t('outside')} say={t('outsideSay')}>
        <form
          className="journey-reason"
          onSubmit={(event) => {
            event.preventDefault()
            void send()
          }}
        >
          <label htmlFor="reason">{t('reason')}</label>
          <Input.TextArea id="reason" rows={3} maxLength={500} placeholder={t('reasonHint')} value={reason} onChange={(event) => setReason(event.target.value)} />
          {fault ? <p role="alert" className="journey-fault">{fault.message}</p> : null}
          <Button type="primary" htmlType="submit" loading={busy}>{t('open')}</Button>
        </form>
      </Face>
    </section>
  )
}
