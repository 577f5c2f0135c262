import { Button } from 'antd'
import { Mark } from '@/shared/Glyph'
import { useTranslation, zh } from '@/shared/i18n'

/** The browser dropped the session cookie 登录信息未留下: say what to do instead of going round in circles. */
export function LostCookie({ again }: { again: () => void }) {
  const { t } = useTranslation()
  return (
    <main className="lost">
      <Mark size={40} />
      <h1>{t('login.cookieTitle')}</h1>
      <p>{t('login.cookieSay')}</p>
      <ol>
        {zh.login.cookieSteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Button type="primary" onClick={again}>
        {t('login.cookieRetry')}
      </Button>
    </main>
  )
}
