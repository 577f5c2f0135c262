import { Tooltip } from 'antd'
import type { SourceLine } from '@/api/shapes'
import { count, exact, moment } from '@/shared/format'
import { useTranslation } from '@/shared/i18n'
import { astray, BUCKETS, totals, troubled, type Bucket } from '../model'

/** 来源系统: rows in on the left, where they went on the right, and the balance of the two. */
export function SourcesTab({ lines }: { lines: SourceLine[] }) {
  const { t } = useTranslation()
  const sum = totals(lines)
  return (
    <section className="panel sources-list">
      <dl className="sources-sum">
        <div>
          <dt>{t('sources.totalIn')}</dt>
          <dd>{count(sum.rows_in)}</dd>
        </div>
        {BUCKETS.map((bucket) => (
          <div key={bucket}>
            <dt>
              <span className="swatch" data-bucket={bucket} aria-hidden="true" />
              {t(`sources.${bucket}`)}
            </dt>
            <dd>{count(sum[bucket])}</dd>
          </div>
        ))}
      </dl>
      <div className="sources-scroll" tabIndex={0} role="region" aria-label={t('sources.tabSources')}>
        <table className="ranks sources-table">
          <thead>
            <tr>
              <th scope="col">{t('sources.name')}</th>
              <th scope="col">{t('sources.lastLoad')}</th>
              <th scope="col">{t('sources.state')}</th>
              <th scope="col" className="num">{t('sources.rowsIn')}</th>
              <th scope="col" className="sources-flow">{t('sources.balance')}</th>
              {BUCKETS.map((bucket) => (
                <th key={bucket} scope="col" className="num">{t(`sources.${bucket}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.name} data-source={line.name}>
                <th scope="row">
                  <b>{line.label}</b>
                  <small className="mono">{line.name} · {line.kind}</small>
                </th>
                <td>
                  {line.last_load ? moment(line.last_load) : t('sources.neverLoaded')}
                  {line.next_load && <small className="sources-next">{t('sources.nextLoad', { at: moment(line.next_load) })}</small>}
                </td>
                <td><State line={line} /></td>
                <td className="num" title={exact(line.rows_in)}>{count(line.rows_in)}</td>
                <td className="sources-flow"><Flow line={line} /></td>
                {BUCKETS.map((bucket) => (
                  <td key={bucket} className="num" title={exact(line[bucket])} data-zero={line[bucket] === 0 || undefined}>{count(line[bucket])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function State({ line }: { line: SourceLine }) {
  const { t } = useTranslation()
  const lost = astray(line)
  if (!line.last_load) return <span className="tag">{t('sources.neverLoaded')}</span>
  if (lost) return <span className="tag" data-tone="bad">{t('sources.unbalanced', { n: count(lost) })}</span>
  return <span className="tag" data-tone={troubled(line) ? 'warn' : 'good'}>{/^[a-z]+$/.test(line.state) || !line.state ? t('sources.balanced') : line.state}</span>
}

function Flow({ line }: { line: SourceLine }) {
  const { t } = useTranslation()
  if (!line.rows_in) return null
  const said = BUCKETS.map((bucket) => `${t(`sources.${bucket}`)} ${exact(line[bucket])}`).join('　')
  const share = (bucket: Bucket) => (line[bucket] ? Math.max(0.8, (line[bucket] / line.rows_in) * 100) : 0)
  return (
    <Tooltip title={said}>
      <span className="flow" role="img" aria-label={said}>
        {BUCKETS.map((bucket) => (
          <span key={bucket} className="swatch" data-bucket={bucket} style={{ flexGrow: share(bucket) }} />
        ))}
      </span>
    </Tooltip>
  )
}
