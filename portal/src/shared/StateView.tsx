import { Button, Skeleton } from 'antd'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { UseQueryResult } from '@tanstack/react-query'
import { Refusal } from '@/api/client'
import { moment } from './format'
import { useTranslation } from './i18n'
import { Glyph, type GlyphName } from './Glyph'

interface FaceProps {
  glyph: GlyphName
  tone?: 'plain' | 'bad' | 'warn'
  title: string
  say?: string | null
  children?: ReactNode
}

/** One face 状态: what happened, and the way on. */
export function Face({ glyph, tone = 'plain', title, say, children }: FaceProps) {
  return (
    <div className="face" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <span className="face-glyph">
        <Glyph name={glyph} size={22} />
      </span>
      <p className="face-title">{title}</p>
      {say ? <p className="face-say">{say}</p> : null}
      {children ? <div className="face-ways">{children}</div> : null}
    </div>
  )
}

interface StateViewProps<T> {
  of: UseQueryResult<T, Refusal>
  empty?: (data: T) => boolean
  emptyTitle?: string
  emptySay?: string
  rows?: number
  loading?: ReactNode
  children: (data: T) => ReactNode
}

/** The five faces 五态 of whatever is fetched: loading, empty, error, stale, forbidden. */
export function StateView<T>({ of, empty, emptyTitle, emptySay, rows = 4, loading, children }: StateViewProps<T>) {
  const { t } = useTranslation()
  const fault = of.error
  if (of.data === undefined && fault) {
    if (fault.status === 403) {
      return <Face glyph="lock" tone="warn" title={fault.message || t('face.forbidden')} say={fault.hint || t('face.forbiddenSay')}><HomeLink /></Face>
    }
    return (
      <Face glyph={asking(fault) ? 'info' : 'alert'} tone={asking(fault) ? 'warn' : 'bad'} title={fault.message || (fault.status === 0 ? t('face.network') : t('face.error'))} say={fault.hint}>
        {asking(fault) ? null : (
          <Button size="small" onClick={() => void of.refetch()} loading={of.isFetching}>
            {t('face.retry')}
          </Button>
        )}
        <HomeLink />
      </Face>
    )
  }
  if (of.data === undefined) {
    return (
      <div role="status" aria-label={t('face.loading')} className="face-loading">
        {loading ?? <Skeleton active title={false} paragraph={{ rows }} />}
      </div>
    )
  }
  if (empty?.(of.data)) return <Face glyph="empty" title={emptyTitle ?? t('face.empty')} say={emptySay ?? t('face.emptySay')} />
  return (
    <>
      {fault ? (
        <p className="face-stale" role="status">
          <Glyph name="clock" size={14} />
          <span>{t('face.stale', { at: moment(localText(of.dataUpdatedAt)) })}</span>
          <Button type="link" size="small" onClick={() => void of.refetch()} loading={of.isFetching}>
            {t('face.retry')}
          </Button>
        </p>
      ) : null}
      {children(of.data)}
    </>
  )
}

/** A refusal of the question itself: asking again changes nothing. */
const asking = (fault: Refusal) => fault.status >= 400 && fault.status < 500 && fault.status !== 408 && fault.status !== 429

function HomeLink() {
  const { t } = useTranslation()
  return <Link to="/">{t('face.home')}</Link>
}

function localText(at: number): string {
  const when = new Date(at)
  return new Date(at - when.getTimezoneOffset() * 60_000).toISOString()
}
