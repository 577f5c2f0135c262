import { ACTIONS } from './actions'

export interface Sought {
  viewer: string
  action: string
  object: string
  page: number
}

export const SIZE = 50

/** The question to the server; what is empty is not asked. */
export function asked({ viewer, action, object, page }: Sought) {
  return { viewer: viewer || undefined, action: action || undefined, object: object.trim() || undefined, limit: SIZE, offset: (Math.max(1, page) - 1) * SIZE }
}

/** An action in words; `local/load` and the like stay as stored. */
export function actionName(action: string): string {
  return ACTIONS[action] ?? action
}

/** A page number from the address; whatever is no number is the first page. */
export function pageOf(text: string): number {
  const page = Number.parseInt(text, 10)
  return Number.isFinite(page) && page > 0 ? page : 1
}
