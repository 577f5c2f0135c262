import { Select } from 'antd'
import { useMemo } from 'react'
import { useAddress } from '@/shared/address'
import { Chart, type ChartOption } from '@/shared/Chart'
import { DataTable } from '@/shared/DataTable'
import { moment } from '@/shared/format'
import { StateView } from '@/shared/StateView'
import { useLabs, type Schemas } from '../door'
import { useWords } from '../words'

/** Laboratory trends 检验趋势: one item over time between its reference limits. */
export function Labs({ person }: { person: number }) {
  const t = useWords()
  const found = useLabs(person, true)
  const [item, setItem] = useAddress('item', '')
  return (
    <StateView of={found} rows={8} empty={(rows) => !rows.length}>
      {(rows) => {
        const one = rows.find((row) => row.item === item) ?? rows[0]!
        return (
          <div className="labs">
            <div className="journey-tools">
              <Select showSearch optionFilterProp="label" aria-label={t('item')} value={one.item} onChange={setItem} options={rows.map((row) => ({ value: row.item, label: `${row.label}（${row.points.length}）` }))} />
              <span className="panel-note">{t('labsSay')}</span>
            </div>
            <Trend of={one} />
            <DataTable
              label={one.label}
              rows={one.points.map((point, at) => ({ point, at }))}
              rowKey={(row) => String(row.at)}
              columns={[
                { id: 'when', label: t('when'), value: (row) => row.point[0], render: (row) => moment(row.point[0]) },
                { id: 'value', label: one.label, unit: one.unit, numeric: true, value: (row) => row.point[1], render: (row) => String(row.point[1]) },
              ]}
            />
          </div>
        )
      }}
    </StateView>
  )
}

function Trend({ of }: { of: Schemas['LabSeries'] }) {
  const option = useMemo<ChartOption>(() => {
    const times = of.points.map((point) => moment(point[0]))
    const low = of.points.map((point) => point[2] ?? null)
    const high = of.points.map((point) => point[3] ?? null)
    const limit = { type: 'line' as const, symbol: 'none', lineStyle: { type: 'dashed' as const, width: 1, opacity: 0.6 } }
    return {
      animation: false,
      grid: { left: 56, right: 20, top: 24, bottom: 36 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'category', data: times },
      yAxis: { type: 'value', scale: true, name: of.unit ?? '' },
      series: [{ type: 'line', name: of.label, data: of.points.map((point) => point[1]), symbolSize: 6 }, { ...limit, name: '↓', data: low }, { ...limit, name: '↑', data: high }],
    }
  }, [of])
  return <Chart option={option} label={of.label} height={240} />
}
