import { App, Button } from 'antd'
import { useTranslation } from '@/shared/i18n'

/** The statement 取数语句, for those allowed to read it. */
export function Sql({ text }: { text: string }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    message.success(t('metrics.copied'))
  }
  return (
    <section className="panel" aria-label={t('metrics.sql')}>
      <header className="panel-head">
        <h2>{t('metrics.sql')}</h2>
        <Button size="small" onClick={() => void copy()}>{t('metrics.sqlCopy')}</Button>
      </header>
      <pre className="panel-body sql mono" tabIndex={0}>{text}</pre>
    </section>
  )
}
