import { useMe } from '@/api/client'
import { moment } from './format'
import { useTranslation } from './i18n'
import { saveWorkbook } from './workbook'

type Value = string | number | boolean | null

/** A list on the screen as Excel 另存: whose it is, 截至 and 模拟数据 stand above the header, as in every export of the server. */
export function useSheet() {
  const { t } = useTranslation()
  const me = useMe()
  return <Row>(title: string, columns: { label: string; value: (row: Row) => unknown }[], rows: Row[]) => {
    const head: Value[][] = [[title], [me.data?.hospital ?? '', me.data?.demo ? t('brand.demo') : ''], [t('time.asOf'), me.data?.now ? moment(me.data.now) : '']]
    saveWorkbook(title, [...head, [], columns.map((column) => column.label), ...rows.map((row) => columns.map((column) => column.value(row) as Value))])
  }
}
