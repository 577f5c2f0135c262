import { Button, Input, Table, type TableProps } from 'antd'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { cell as cellText } from './format'
import { Glyph } from './Glyph'
import { useTranslation } from './i18n'
import { compare, sift } from './sift'

export interface TableColumn<Row> {
  id: string
  label: string
  unit?: string | null
  numeric?: boolean
  width?: number
  value: (row: Row) => unknown
  render?: (row: Row) => ReactNode
  sort?: boolean
}

interface DataTableProps<Row> {
  label: string
  rows: Row[]
  columns: TableColumn<Row>[]
  rowKey: (row: Row) => string
  onExcel?: () => void
  exporting?: boolean
  tools?: ReactNode
  find?: string
  setFind?: (text: string) => void
  findHint?: string
  paging?: { total: number; page: number; size: number; turn: (page: number) => void }
}

const PAGE = 50

/** A table 表格 with search, sort and Excel; numbers right aligned, the unit in the header. */
export function DataTable<Row extends object>({ label, rows, columns, rowKey, onExcel, exporting, tools, find, setFind, findHint, paging }: DataTableProps<Row>) {
  const { t } = useTranslation()
  const [own, setOwn] = useState('')
  const typed = find ?? own
  const shown = useMemo(() => sift(rows, columns.map((column) => column.value), typed), [rows, columns, typed])
  const head: TableProps<Row>['columns'] = columns.map((column) => ({
    key: column.id,
    title: (
      <>
        {column.label}
        {column.unit && column.unit !== '%' ? <span className="cell-unit">{column.unit}</span> : null}
      </>
    ),
    align: column.numeric ? 'right' : 'left',
    width: column.width,
    showSorterTooltip: false,
    sorter: column.sort === false ? undefined : (a, b) => compare(column.value(a), column.value(b)),
    render: (_, row) => column.render?.(row) ?? cellText(column.value(row), column.unit),
  }))
  const total = paging?.total ?? shown.length
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => frame.current?.querySelector('.ant-table-content')?.setAttribute('tabindex', '0')) // what scrolls sideways must be reached by keys
  return (
    <div ref={frame}>
      <div className="table-tools">
        <div className="panel-tools">
          <Input allowClear prefix={<Glyph name="search" size={15} />} placeholder={findHint ?? t('table.find')} aria-label={`${t('table.find')} ${label}`} value={typed} onChange={(event) => (setFind ?? setOwn)(event.target.value)} />
          {tools}
        </div>
        <div className="panel-tools">
          <span className="table-count" role="status">
            {typed ? t('table.matched', { n: shown.length, all: rows.length }) : t('table.rows', { n: total.toLocaleString('zh-CN') })}
          </span>
          {onExcel ? (
            <Button icon={<Glyph name="excel" size={16} />} onClick={onExcel} loading={exporting}>
              {t('table.excel')}
            </Button>
          ) : null}
        </div>
      </div>
      <Table<Row>
        size="small"
        aria-label={label}
        dataSource={shown}
        columns={head}
        rowKey={rowKey}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: t('table.none') }}
        pagination={
          paging
            ? { current: paging.page, pageSize: paging.size, total: paging.total, showSizeChanger: false, onChange: paging.turn, hideOnSinglePage: true }
            : { pageSize: PAGE, showSizeChanger: false, hideOnSinglePage: true }
        }
      />
    </div>
  )
}
