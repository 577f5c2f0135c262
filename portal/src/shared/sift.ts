import { matches } from './pinyin'

const order = new Intl.Collator('zh-Hans-CN-u-co-pinyin', { numeric: true })

/** Rows in which any of the cells holds what was typed, or its pinyin initials. */
export function sift<Row>(rows: Row[], cells: ((row: Row) => unknown)[], typed: string): Row[] {
  const wanted = typed.trim()
  if (!wanted) return rows
  return rows.filter((row) =>
    cells.some((cell) => {
      const value = cell(row)
      return value !== null && value !== undefined && matches(String(value), wanted)
    }),
  )
}

/** Numbers by size, words by pinyin, the unknown last. */
export function compare(one: unknown, other: unknown): number {
  const lacking = (value: unknown) => value === null || value === undefined || value === ''
  if (lacking(one) || lacking(other)) return Number(lacking(one)) - Number(lacking(other))
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return order.compare(String(one), String(other))
}
