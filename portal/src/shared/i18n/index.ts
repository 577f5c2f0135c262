import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
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

export { zh }
export { useTranslation } from 'react-i18next'
