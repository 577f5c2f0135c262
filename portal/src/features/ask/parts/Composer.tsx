import { Button } from 'antd'
import { useEffect, useId, useRef, useState } from 'react'
import { useSuggestions } from '@/api/client'
import { Glyph } from '@/shared/Glyph'
import { useWords } from '../words'

interface Recogniser {
  lang: string
  interimResults: boolean
  onresult: ((event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null
  onend: (() => void) | null
  start: () => void
  stop: () => void
}

/** The browser's own speech recogniser, where it has one. */
function recogniser(): (new () => Recogniser) | null {
  const held = window as unknown as Record<string, unknown>
  return (held.SpeechRecognition ?? held.webkitSpeechRecognition ?? null) as (new () => Recogniser) | null
}

/** The input 提问框: suggestions while typing, keys, voice where the browser has it. */
export function Composer({ busy, recall, send }: { busy: boolean; recall: string; send: (question: string) => void }) {
  const t = useWords()
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const list = useId()
  useEffect(() => {
    const wait = setTimeout(() => setAsked(typed.trim()), 120)
    return () => clearTimeout(wait)
  }, [typed])
  const found = useSuggestions(asked, open && asked.length > 0)
  const offered = open && typed.trim() ? (found.data?.questions ?? []).filter((one) => one !== typed.trim()).slice(0, 6) : []
  const go = (question: string) => {
    const text = question.trim()
    if (!text || busy) return
    setTyped('')
    setOpen(false)
    setAt(-1)
    send(text)
    input.current?.focus()
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        go(offered[at] ?? typed)
      }}
    >
      {offered.length ? (
        <ul id={list} role="listbox" aria-label={t('suggestions')} className="composer-list panel">
          {offered.map((one, place) => (
            <li key={one} id={`${list}-${place}`} role="option" aria-selected={place === at} onMouseDown={(event) => event.preventDefault()} onClick={() => go(one)}>
              {one}
            </li>
          ))}
        </ul>
      ) : null}
      <div className="composer-row">
        <input
          ref={input}
          className="composer-input"
          role="combobox"
          aria-label={t('input')}
          aria-expanded={offered.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
          autoComplete="off"
          enterKeyHint="send"
          maxLength={2000}
          placeholder={t('input')}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setOpen(true)
            setAt(-1)
          }}
          onBlur={() => setOpen(false)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return
            if (event.key === 'Escape') setOpen(false)
            else if (event.key === 'ArrowDown' && offered.length) {
              event.preventDefault()
              setAt((place) => (place + 1) % offered.length)
            } else if (event.key === 'ArrowUp') {
              event.preventDefault()
              if (offered.length) setAt((place) => (place <= 0 ? offered.length - 1 : place - 1))
              else if (!typed && recall) setTyped(recall)
            }
          }}
        />
        <Voice hear={setTyped} />
        <Button type="primary" htmlType="submit" aria-label={t('send')} title={t('send')} icon={<Glyph name="arrow" size={18} />} loading={busy} disabled={!typed.trim()} />
      </div>
    </form>
  )
}

function Voice({ hear }: { hear: (text: string) => void }) {
  const t = useWords()
  const [on, setOn] = useState(false)
  const held = useRef<Recogniser | null>(null)
  const Made = recogniser()
  useEffect(() => () => held.current?.stop(), [])
  if (!Made) return null
  const press = () => {
    if (on) {
      held.current?.stop()
      return
    }
    const one = new Made()
    one.lang = 'zh-CN'
    one.interimResults = true
    one.onresult = (event) => hear(Array.from(event.results, (result) => result[0]?.transcript ?? '').join(''))
    one.onend = () => setOn(false)
    held.current = one
    setOn(true)
    one.start()
  }
  return <Button type={on ? 'primary' : 'text'} aria-pressed={on} aria-label={t(on ? 'voiceStop' : 'voice')} title={t(on ? 'voiceStop' : 'voice')} icon={<Glyph name="mic" size={18} />} onClick={press} />
}
