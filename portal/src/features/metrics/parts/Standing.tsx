import { cell } from '@/shared/format'
import { unsettled } from '../model'

/** How settled a definition is: confirmed stands green, anything still open amber. */
export function Standing({ text }: { text: string | null }) {
  if (!text) return <>{cell(null)}</>
  return (
    <span className="tag" data-tone={unsettled(text) ? 'warn' : 'good'}>
      {text}
    </span>
  )
}
