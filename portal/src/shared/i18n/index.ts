import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import { zh } from './zh'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof zh }
  }
}

void i18next.use(initReactI18next).init({
  lng: 'zh',
  fallbackLng: 'zh',
  resources: { zh: { translation: zh } },
  interpolation: { escapeValue: false },
  initAsync: false,
})

/** A label that may be missing from the list of known words: the word itself then stands. */
export function word(known: Record<string, string>, key: string): string {
  return known[key] ?? key
}

type Keys<T> = { [K in keyof T & string]: T[K] extends string ? K : T[K] extends readonly unknown[] ? K : `${K}.${Keys<T[K]>}` }[keyof T & string]
export type Say<T> = (key: Keys<T>, values?: Record<string, unknown>) => string

/** Words of one feature, loaded with its page and not with the shell: `export const useWords = words('ask', { title: '问数' })`. */
export function words<T extends object>(feature: string, list: T): () => Say<T> {
  i18next.addResourceBundle('zh', feature, list)
  return () => useTranslation(feature as never).t as unknown as Say<T>
}

export { zh }
export { useTranslation }
