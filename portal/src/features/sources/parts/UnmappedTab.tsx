import { useUnmapped } from '@/api/client'
import type { SourceLine, Unmapped } from '@/api/shapes'
import { useAddress } from '@/shared/address'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import { count, moment } from '@/shared/format'
import { useTranslation } from '@/shared/i18n'
import { StateView } from '@/shared/StateView'
import { useSheet } from '@/shared/useSheet'

/** 未对照编码: codes of the sources without a standard code, the most used first; kept and counted, never guessed. */
export function UnmappedTab({ sources }: { sources: SourceLine[] }) {
  const { t } = useTranslation()
  const unmapped = useUnmapped(true)
  const save = useSheet()
  const [find, setFind] = useAddress('find', '')
  const named = (name: string) => sources.find((one) => one.name === name)?.label ?? name
  const columns: TableColumn<Unmapped>[] = [
    { id: 'source', label: t('sources.name'), value: (row) => named(row.source) },
    { id: 'code_system', label: t('sources.codeSystem'), value: (row) => row.code_system },
    { id: 'source_code', label: t('sources.code'), value: (row) => row.source_code, render: (row) => <span className="mono">{row.source_code}</span> },
    { id: 'source_name', label: t('sources.codeName'), value: (row) => row.source_name },
    { id: 'uses', label: t('sources.uses'), numeric: true, value: (row) => row.uses, render: (row) => count(row.uses) },
    { id: 'first_seen', label: t('sources.firstSeen'), value: (row) => row.first_seen, render: (row) => moment(row.first_seen) },
    { id: 'last_seen', label: t('sources.lastSeen'), value: (row) => row.last_seen, render: (row) => moment(row.last_seen) },
  ]
  const excel = (rows: Unmapped[]) => save(t('sources.tabUnmapped'), columns, rows)
  return (
    <StateView of={unmapped} rows={8} empty={(rows) => !rows.length}>
      {(rows) => (
        <section className="panel padded">
          <DataTable label={t('sources.tabUnmapped')} rows={[...rows].sort((a, b) => b.uses - a.uses)} columns={columns} rowKey={(row) => `${row.source}|${row.code_system}|${row.source_code}`} find={find} setFind={setFind} onExcel={() => excel(rows)} />
        </section>
      )}
    </StateView>
  )
}
