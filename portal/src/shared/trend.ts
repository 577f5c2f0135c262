import type { Answer, Better } from '@/api/shapes'
import type { Palette } from '@/app/skins'
import type { ChartOption } from './Chart'
import { exact, number } from './format'

export interface Trend {
  days: string[]
  now: (number | null)[]
  before: (number | null)[]
}

/** The series of an answer split by one time dimension. */
export function trendOf(answer: Answer, metric: string): Trend {
  const at = (id: string) => answer.columns.findIndex((column) => column.id === id)
  const [now, before] = [at(metric), at(`${metric}.yoy_base`)]
  const figure = (row: Answer['rows'][number], index: number) => (index >= 0 && typeof row[index] === 'number' ? (row[index] as number) : null)
  return {
    days: answer.rows.map((row) => String(row[0] ?? '')),
    now: answer.rows.map((row) => figure(row, now)),
    before: answer.rows.map((row) => figure(row, before)),
  }
}

interface Words {
  now: string
  before: string
  target: string
}

/** Lines of this period and the same days of last year, the target dashed. */
export function trendOption(trend: Trend, unit: string, target: number | null, words: Words, palette: Palette, font: string): ChartOption {
  const label = { color: palette.ink2, fontFamily: font, fontSize: 12 }
  const known = trend.before.some((value) => value !== null)
  const series: ChartOption['series'] = [
    {
      type: 'line', name: words.now, data: trend.now, symbol: trend.days.length > 40 ? 'none' : 'circle', symbolSize: 5, color: palette.series[0], lineStyle: { width: 2 }, connectNulls: false, z: 3,
      ...(target === null ? {} : { markLine: { silent: true, symbol: 'none', lineStyle: { color: palette.ink3, type: 'dashed' as const }, label: { ...label, position: 'insideStartTop' as const, backgroundColor: palette.panel, padding: [1, 4], formatter: `${words.target} ${number(target, unit)}` }, data: [{ yAxis: target }] } }),
    },
  ]
  if (known) series.push({ type: 'line', name: words.before, data: trend.before, symbol: 'none', color: palette.ink3, lineStyle: { width: 1.5, type: 'dotted' }, z: 2 })
  return {
    animation: false,
    aria: { enabled: false },
    grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
    legend: { show: known, left: 0, top: 0, itemWidth: 18, itemHeight: 2, textStyle: label, data: known ? [words.now, words.before] : [words.now] },
    tooltip: {
      trigger: 'axis', backgroundColor: palette.panel, borderColor: palette.line, textStyle: { color: palette.ink, fontFamily: font, fontSize: 13 }, confine: true,
      valueFormatter: (value) => exact(typeof value === 'number' ? value : null, unit),
    },
    xAxis: { type: 'category', data: trend.days, axisLabel: { ...label, formatter: (day: string) => (day.length === 10 ? day.slice(5) : day), hideOverlap: true }, axisLine: { lineStyle: { color: palette.line } }, axisTick: { show: false }, boundaryGap: false },
    yAxis: { type: 'value', scale: true, axisLabel: { ...label, formatter: (value: number) => number(value, unit) }, splitLine: { lineStyle: { color: palette.hairline } } },
    series,
  } as ChartOption
}

/** Whether to begin with a warning tone: the latest value is on the wrong side of the target. */
export function missed(better: Better, value: number | null, target: number | null): boolean {
  if (value === null || target === null || better === 'none') return false
  return better === 'down' ? value > target : value < target
}
