import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/** One word of screen state kept in the address bar; the default is left out of it. */
export function useAddress(name: string, initial: string): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams()
  const set = useCallback(
    (value: string) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before)
          if (value === initial || value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace: true, preventScrollReset: true },
      ),
    [initial, name, setSearch],
  )
  return [search.get(name) ?? initial, set]
}
