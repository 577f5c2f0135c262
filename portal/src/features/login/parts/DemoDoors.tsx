import type { Account } from '@/api/shapes'
import { Glyph } from '@/shared/Glyph'
import { useTranslation, word, zh } from '@/shared/i18n'

/** The demo's doors 演示账号: pick a role and walk in. */
export function DemoDoors({ accounts, busy, enter }: { accounts?: Account[]; busy: boolean; enter: (name: string) => void }) {
  const { t } = useTranslation()
  if (!accounts?.length) return null
  return (
    <section className="login-demo" aria-label={t('login.demoTitle')}>
      <h3>
        {t('login.demoTitle')}
        <span className="badge-demo">{t('brand.demo')}</span>
      </h3>
      <p>{t('login.demoSay')}</p>
      <ul>
        {accounts.map((account) => (
          <li key={account.name}>
            <button type="button" disabled={busy} onClick={() => enter(account.name)} data-account={account.name}>
              <span>
                <b>{account.display}</b>
                <small>{word(zh.role, account.role)}</small>
              </span>
              <Glyph name="arrow" size={16} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
