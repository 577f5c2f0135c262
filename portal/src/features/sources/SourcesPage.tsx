import { Tabs } from 'antd'
import { useSources } from '@/api/client'
import { useAddress } from '@/shared/address'
import { moment } from '@/shared/format'
import { useTranslation } from '@/shared/i18n'
import { PageHead } from '@/shared/PageHead'
import { StateView } from '@/shared/StateView'
import { DefectsTab } from './parts/DefectsTab'
import { SourcesTab } from './parts/SourcesTab'
import { UnmappedTab } from './parts/UnmappedTab'
import './sources.css'

/** 信息科首页: what each system gave, what has no place yet, and who must be asked. */
export function SourcesPage() {
  const { t } = useTranslation()
  const [tab, setTab] = useAddress('tab', 'sources')
  const sources = useSources()
  const latest = (sources.data ?? []).map((one) => one.last_load).filter(Boolean).sort().at(-1)
  return (
    <>
      <PageHead title={t('sources.title')} notes={[t('sources.say'), latest ? `${t('time.asOf')} ${moment(latest)}` : null]} />
      <Tabs
        activeKey={tab}
        onChange={setTab}
        destroyOnHidden
        items={[
          { key: 'sources', label: t('sources.tabSources'), children: <StateView of={sources} rows={8} empty={(rows) => !rows.length}>{(rows) => <SourcesTab lines={rows} />}</StateView> },
          { key: 'unmapped', label: t('sources.tabUnmapped'), children: <UnmappedTab sources={sources.data ?? []} /> },
          { key: 'defects', label: t('sources.tabDefects'), children: <DefectsTab sources={sources.data ?? []} /> },
        ]}
      />
    </>
  )
}
