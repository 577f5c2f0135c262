export interface Point {
  day: string
  value: number | null
}

export interface Spark {
  line: string
  area: string
  target: number | null
  last: { x: number; y: number }
  low: number
  high: number
}

/** The paths of a sparkline in a box; gaps where the value is unknown. */
export function spark(points: Point[], width: number, height: number, target: number | null): Spark | null {
  const values = points.map((point) => point.value).filter((value): value is number => value !== null)
  if (values.length < 2) return null
  const low = Math.min(...values)
  const high = Math.max(...values)
  // A target far from all values would flatten the line; it is then left out.
  const span = high - low || Math.abs(high) || 1
  const shown = target !== null && target >= low - span && target <= high + span ? target : null
  const floor = Math.min(low, shown ?? low)
  const ceiling = Math.max(high, shown ?? high)
  const range = ceiling - floor || 1
  const x = (at: number) => (points.length === 1 ? 0 : (at / (points.length - 1)) * width)
  const y = (value: number) => height - 4 - ((value - floor) / range) * (height - 8)
  let line = ''
  let pen = false
  let end = { at: 0, value: 0 }
  let start = -1
  points.forEach((point, at) => {
    if (point.value === null) {
      pen = false
      return
    }
    if (start < 0) start = at
    line += `${pen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(point.value).toFixed(1)}`
    pen = true
    end = { at, value: point.value }
  })
  const area = `${line.replace(/(?!^)M/g, 'L')}L${x(end.at).toFixed(1)} ${height}L${x(start).toFixed(1)} ${height}Z`
  return {
    line,
    area,
    target: shown === null ? null : y(shown),
    last: { x: (x(end.at) / width) * 100, y: (y(end.value) / height) * 100 },
    low,
    high,
  }
}
