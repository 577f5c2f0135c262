import { Fragment, type ReactNode } from 'react'
import { Link } from 'react-router'
import { Glyph } from './Glyph'

interface PageHeadProps {
  title: ReactNode
  crumbs?: { label: string; to?: string }[]
  notes?: ReactNode[]
  children?: ReactNode
}

/** The head of a page 页头: where one is, what it is, as of when, and the few tools. */
export function PageHead({ title, crumbs, notes, children }: PageHeadProps) {
  const said = (notes ?? []).filter(Boolean)
  return (
    <header className="head">
      <div className="head-title">
        {crumbs?.length ? (
          <nav className="crumbs no-print">
            {crumbs.map((crumb, at) => (
              <Fragment key={crumb.label}>
                {at ? <Glyph name="chevron" size={12} /> : null}
                {crumb.to ? <Link to={crumb.to}>{crumb.label}</Link> : <span>{crumb.label}</span>}
              </Fragment>
            ))}
          </nav>
        ) : null}
        <h1>{title}</h1>
        {said.length ? (
          <div className="head-note">
            {said.map((note, at) => (
              <span key={at}>{note}</span>
            ))}
          </div>
        ) : null}
      </div>
      {children ? <div className="head-tools">{children}</div> : null}
    </header>
  )
}
