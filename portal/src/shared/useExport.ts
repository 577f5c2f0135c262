import { App } from 'antd'
import { useState } from 'react'
import { download, Refusal } from '@/api/client'
import { useTranslation } from './i18n'

/** Export 导出: fetch the file, say when it came, say why when it did not. */
export function useExport() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  const run = async (path: string, body?: unknown) => {
    setBusy(true)
    try {
      await download(path, body)
      message.success(t('evidence.exported'))
    } catch (fault) {
      const refused = fault instanceof Refusal ? fault : null
      message.error([refused?.message || t('face.network'), refused?.hint].filter(Boolean).join(' '))
    } finally {
      setBusy(false)
    }
  }
  return { run, busy }
}
