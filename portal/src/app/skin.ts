import { useSyncExternalStore } from 'react'
import { skinSheet, type Skin } from './skins'

const KEY = 'yishu.skin'
const listeners = new Set<() => void>()

function remembered(): Skin {
  try {
    const kept = localStorage.getItem(KEY)
    if (kept === 'light' || kept === 'dark') return kept
  } catch {
    // A browser without storage gets the light skin every time.
  }
  return 'light'
}

let current: Skin = remembered()

export function layOnSkin() {
  const sheet = document.createElement('style')
  sheet.textContent = skinSheet()
  document.head.append(sheet)
  document.documentElement.dataset.skin = current
}

export function setSkin(skin: Skin) {
  current = skin
  document.documentElement.dataset.skin = skin
  try {
    localStorage.setItem(KEY, skin)
  } catch {
    // Not remembered, but still worn.
  }
  listeners.forEach((tell) => tell())
}

/** The skin 皮肤 being worn, and how to change it. */
export function useSkin(): [Skin, (skin: Skin) => void] {
  const skin = useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => current,
  )
  return [skin, setSkin]
}
