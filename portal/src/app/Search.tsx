import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { useDimensionValues, useMetrics } from '@/api/client'
import type { Me } from '@/api/shapes'
import { Glyph } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { find, type Door } from './find'
import { menuOf } from './menu'

/** ⌘K 搜索: menu, metrics and departments, by name or pinyin initials. */
export function Search({ me, close }: { me: Me; close: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const metrics = useMetrics()
  const departments = useDimensionValues('department')

  useEffect(() => dialog.current?.showModal(), [])
  const doors = useMemo<Door[]>(
    () => [
      ...menuOf(me).map((leaf): Door => ({ kind: 'pages', key: leaf.key, label: t(`menu.${leaf.key}`), to: leaf.to })),
      ...(metrics.data ?? []).map((one): Door => ({ kind: 'metrics', key: one.id, label: one.label, note: one.owner ?? undefined, to: `/metrics/${one.id}`, also: one.synonyms })),
      ...(departments.data?.values ?? []).map((one): Door => ({ kind: 'departments', key: one.value, label: one.label, to: `/department?department=${encodeURIComponent(one.value)}` })),
    ],
    [me, metrics.data, departments.data, t],
  )
  const found = useMemo(() => find(doors, typed), [doors, typed])
  const chosen = found[Math.min(at, found.length - 1)]

  const open = (door: Door | undefined) => {
    if (!door) return
    close()
    void navigate(door.to)
  }
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step && found.length) {
      event.preventDefault()
      setAt((before) => (Math.min(before, found.length - 1) + step + found.length) % found.length)
    }
    if (event.key === 'Enter') open(chosen)
  }
  useEffect(() => {
    dialog.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [at])

  return (
    <dialog ref={dialog} className="finder" aria-label={t('search.title')} onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div className="finder-box">
        <div className="finder-field">
          <Glyph name="search" size={18} />
          <input
            autoFocus
            role="combobox"
            aria-expanded="true"
            aria-controls="finder-list"
            aria-activedescendant={chosen ? `finder-${chosen.kind}-${chosen.key}` : undefined}
            aria-label={t('header.search')}
            placeholder={t('search.hint')}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value)
              setAt(0)
            }}
            onKeyDown={press}
          />
        </div>
        <div id="finder-list" role="listbox" aria-label={t('search.title')} className="finder-list">
          {found.map((door, index) => (
            <div key={`${door.kind}-${door.key}`} role="presentation">
              {found[index - 1]?.kind === door.kind ? null : <div className="finder-kind" role="presentation">{t(`search.${door.kind}`)}</div>}
              <div
                id={`finder-${door.kind}-${door.key}`}
                role="option"
                aria-selected={door === chosen}
                className="finder-option"
                onMouseMove={() => setAt(index)}
                onClick={() => open(door)}
              >
                <span>{door.label}</span>
                {door.note ? <small>{door.note}</small> : null}
                <Glyph name="arrow" size={14} />
              </div>
            </div>
          ))}
        </div>
        {found.length ? null : <p className="finder-none">{t('search.none', { typed })}</p>}
        <p className="finder-keys">{t('search.keys')}</p>
      </div>
    </dialog>
  )
}
