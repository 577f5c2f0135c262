import { Button, Tooltip } from 'antd'
import { useEffect, useState } from 'react'
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigation } from 'react-router'
import { useMe } from '@/api/client'
import type { Me } from '@/api/shapes'
import { Glyph, Mark } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { Face, StateView } from '@/shared/StateView'
import { Account } from './Account'
import { menuOf } from './menu'
import { Search } from './Search'
import { useSkin } from './skin'

const FOLDED = 'yishu.folded'

export function Shell() {
  const me = useMe()
  const place = useLocation()
  if (me.error?.status === 401) {
    const next = place.pathname + place.search
    return <Navigate to={`/login${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`} replace />
  }
  return <StateView of={me}>{(viewer) => <House me={viewer} />}</StateView>
}

function House({ me }: { me: Me }) {
  const { t } = useTranslation()
  const place = useLocation()
  const going = useNavigation()
  const [folded, setFolded] = useState(() => localStorage.getItem(FOLDED) === '1')
  const [drawn, setDrawn] = useState(false)
  const [searching, setSearching] = useState(false)

  useEffect(() => setDrawn(false), [place.pathname])
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setSearching(true)
      }
      if (event.key === 'Escape') setDrawn(false)
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
  useEffect(() => {
    document.title = [t('brand.name'), me.hospital].filter(Boolean).join(' · ')
  }, [me.hospital, t])

  const fold = () => {
    localStorage.setItem(FOLDED, folded ? '0' : '1')
    setFolded(!folded)
  }

  return (
    <div className="house" data-folded={folded || undefined} data-drawn={drawn || undefined}>
      <a className="skip" href="#main">{t('menu.skip')}</a>
      <header className="bar">
        <button type="button" className="bar-icon bar-menu" aria-label={t('menu.open')} aria-expanded={drawn} onClick={() => setDrawn(true)}>
          <Glyph name="menu" />
        </button>
        <Link to="/" className="bar-brand" aria-label={`${t('brand.name')} ${me.hospital}`}>
          <Mark size={26} />
          <span className="bar-name">{t('brand.name')}</span>
          <span className="bar-hospital">{me.hospital}</span>
        </Link>
        {me.demo ? (
          <Tooltip title={t('brand.demoSay')}>
            <span className="badge-demo" tabIndex={0}>{t('brand.demo')}</span>
          </Tooltip>
        ) : null}
        <span className="bar-space" />
        <button type="button" className="bar-search" onClick={() => setSearching(true)}>
          <Glyph name="search" size={16} />
          <span className="bar-search-text">{t('header.search')}</span>
          <kbd aria-hidden="true">⌘K</kbd>
        </button>
        <SkinSwitch />
        <Account me={me} />
      </header>
      <button type="button" className="veil" tabIndex={-1} aria-hidden="true" onClick={() => setDrawn(false)} />
      <nav className="side" aria-label={t('menu.label')}>
        <ul>
          {menuOf(me).map((leaf) => (
            <li key={leaf.key}>
              <Tooltip title={folded ? t(`menu.${leaf.key}`) : ''} placement="right">
                <NavLink to={leaf.to} className="side-leaf">
                  <Glyph name={leaf.glyph} size={20} />
                  <span className="side-text">{t(`menu.${leaf.key}`)}</span>
                </NavLink>
              </Tooltip>
            </li>
          ))}
        </ul>
        <button type="button" className="side-fold" onClick={fold} aria-label={folded ? t('menu.expand') : t('menu.collapse')} aria-expanded={!folded}>
          <Glyph name="fold" size={16} />
          <span className="side-text">{t('menu.collapse')}</span>
        </button>
      </nav>
      <main id="main" className="main" tabIndex={-1} aria-busy={going.state !== 'idle'}>
        <Outlet />
      </main>
      {searching ? <Search me={me} close={() => setSearching(false)} /> : null}
    </div>
  )
}

function SkinSwitch() {
  const { t } = useTranslation()
  const [skin, setSkin] = useSkin()
  const label = skin === 'light' ? t('header.skinDark') : t('header.skinLight')
  return (
    <Tooltip title={label}>
      <button type="button" className="bar-icon" aria-label={label} onClick={() => setSkin(skin === 'light' ? 'dark' : 'light')}>
        <Glyph name={skin === 'light' ? 'moon' : 'sun'} />
      </button>
    </Tooltip>
  )
}

export function NotFound() {
  const { t } = useTranslation()
  return (
    <Face glyph="empty" title={t('face.notFound')} say={t('face.notFoundSay')}>
      <Link to="/">{t('face.home')}</Link>
    </Face>
  )
}

/** When a screen itself breaks: say so, and offer the way out. */
export function Crash() {
  const { t } = useTranslation()
  return (
    <Face glyph="alert" tone="bad" title={t('face.error')}>
      <Button size="small" onClick={() => window.location.reload()}>{t('face.retry')}</Button>
      <a href="/">{t('face.home')}</a>
    </Face>
  )
}
