import { Button } from 'antd'
import { Link, useLocation } from 'react-router'
import { useDefects } from '@/api/client'
import type { Defect, SourceLine } from '@/api/shapes'
import { useAddress } from '@/shared/address'
import { DataTable, type TableColumn } from '@/shared/DataTable'
import { recordOf } from '@/shared/drill'
import { count } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { useTranslation, word, zh } from '@/shared/i18n'
import { StateView } from '@/shared/StateView'
import { useExport } from '@/shared/useExport'
import { defectTable, piles } from '../model'

const LOOSE = '-'

/** 待核对数据: defects by the department that can mend them, and the list to send to it. */
export function DefectsTab({ sources }: { sources: SourceLine[] }) {
  const { t } = useTranslation()
  const [department, setDepartment] = useAddress('department', '')
  const defects = useDefects(true)
  const { run, busy } = useExport()
  const list = (name: string | null) => void run(`/sources/defects.xlsx${name ? `?${new URLSearchParams({ department: name }).toString()}` : ''}`)
  return (
    <StateView of={defects} rows={8} empty={(rows) => !rows.length}>
      {(rows) => {
        const all = piles(rows)
        const chosen = rows.filter((row) => !department || (row.department ?? row.owner ?? LOOSE) === department)
        return (
          <div className="defects">
            <section className="panel">
              <header className="panel-head">
                <h2>{t('sources.department')}</h2>
              </header>
              <ul className="piles">
                {[{ department: '', count: rows.reduce((sum, row) => sum + (row.count ?? 1), 0), families: [] }, ...all].map((pile) => {
                  const id = pile.department === null ? LOOSE : pile.department
                  const name = pile.department === null ? t('sources.noDepartment') : pile.department || t('sources.allDepartments')
                  return (
                    <li key={id} data-chosen={department === id || undefined}>
                      <button type="button" className="pile" aria-pressed={department === id} onClick={() => setDepartment(id)}>
                        <b>{name}</b>
                        <span>{count(pile.count)}</span>
                        <small>{pile.families.map((one) => `${word(zh.sources.families, one.family)} ${one.count}`).join('　')}</small>
                      </button>
                    </li>
                  )
                })}
              </ul>
            </section>
            <section className="panel padded">
              <Rows rows={chosen} sources={sources} tools={
                <Button type="primary" icon={<Glyph name="excel" size={16} />} loading={busy} onClick={() => list(department && department !== LOOSE ? department : null)}>
                  {department && department !== LOOSE ? t('sources.makeListFor', { department }) : t('sources.makeList')}
                </Button>
              } />
            </section>
          </div>
        )
      }}
    </StateView>
  )
}

function Rows({ rows, sources, tools }: { rows: Defect[]; sources: SourceLine[]; tools: React.ReactNode }) {
  const { t } = useTranslation()
  const place = useLocation()
  const [find, setFind] = useAddress('find', '')
  const here = place.pathname + place.search
  const columns: TableColumn<Defect>[] = [
    { id: 'family', label: t('sources.family'), value: (row) => word(zh.sources.families, row.family) },
    { id: 'source', label: t('sources.name'), value: (row) => sources.find((one) => one.name === row.source)?.label ?? row.source },
    { id: 'table', label: t('sources.table'), value: defectTable, render: (row) => <span className="mono">{defectTable(row)}</span> },
    {
      id: 'key', label: t('sources.key'), value: (row) => row.key,
      render: (row) => (row.key ? <Link to={recordOf(row.source, defectTable(row), row.key, here)}>{row.key}</Link> : null),
    },
    { id: 'message', label: t('sources.message'), value: (row) => row.message ?? row.rule, render: (row) => <span className="defect-say">{row.message ?? row.rule}</span> },
    { id: 'action', label: t('sources.action'), value: (row) => row.action, render: (row) => (row.action === 'quarantine' ? <span className="tag" data-tone="bad">{t('sources.quarantine')}</span> : row.action === 'flag' ? <span className="tag" data-tone="warn">{t('sources.flag')}</span> : row.action) },
  ]
  return <DataTable label={t('sources.tabDefects')} rows={rows} columns={columns} rowKey={(row) => row.id ?? `${row.source}|${defectTable(row)}|${row.key ?? ''}|${row.family}|${row.rule ?? ''}`} find={find} setFind={setFind} tools={tools} />
}
