import { App, Button, Input, InputNumber } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useMe } from '@/api/client'
import { keepEdge, type Asked, type Edge, type Schemas } from '../door'
import { useWords } from '../words'

/** An edge saved as a metric 存为指标: of those who came through the first step, how many reach the second within some days. */
export function Keep({ cohort, edge }: { cohort: Asked; edge: Edge }) {
  const t = useWords()
  const me = useMe()
  const { message } = App.useApp()
  const [days, setDays] = useState(1)
  const [label, setLabel] = useState('')
  const [kept, setKept] = useState<Schemas['MetricKept'] | null>(null)
  const [busy, setBusy] = useState(false)
  if (!me.data?.can.includes('sees_sql')) return null
  const save = async () => {
    setBusy(true)
    try {
      const { data } = await keepEdge({ unit: cohort.unit ?? 'stay', before: edge.before, after: edge.after, days, label })
      if (data) setKept(data)
    } catch (fault) {
      message.error((fault as Error).message)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="flow-keep" role="group" aria-label={t('keep')}>
      {kept ? (
        <p role="status">{kept.new ? t('keptNew', { file: kept.file }) : t('keptOld')} <Link to={`/metrics/${kept.id}`}>{kept.label}</Link></p>
      ) : (
        <>
          <InputNumber aria-label={t('keepDays')} min={0} max={366} value={days} onChange={(value) => setDays(value ?? 0)} addonBefore={t('keepWithin')} addonAfter={t('keepUnit')} />
          <Input aria-label={t('keepLabel')} maxLength={60} value={label} placeholder={t('keepName', { before: edge.before, n: days, after: edge.after })} onChange={(event) => setLabel(event.target.value)} />
          <Button loading={busy} onClick={() => void save()}>{t('keep')}</Button>
        </>
      )}
    </div>
  )
}
