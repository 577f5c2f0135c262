import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { queries, Refusal, signIn, switchTo, useHouse, whoAmI } from '@/api/client'
import { Glyph, Mark } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { DemoDoors } from './parts/DemoDoors'
import { LostCookie } from './parts/LostCookie'
import { safeNext } from './model'
import './login.css'

export function LoginPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const house = useHouse()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<Refusal | null>(null)
  const [lost, setLost] = useState(false)

  const enter = async (open: () => Promise<unknown>) => {
    setBusy(true)
    setFault(null)
    try {
      await open()
      try {
        await whoAmI()
      } catch (refused) {
        if (refused instanceof Refusal && refused.status === 401) return setLost(true)
        throw refused
      }
      queries.clear()
      await navigate(safeNext(search.get('next')), { replace: true })
    } catch (refused) {
      setFault(refused instanceof Refusal ? refused : new Refusal(0, 'unknown', t('face.error')))
    } finally {
      setBusy(false)
    }
  }

  if (lost) return <LostCookie again={() => setLost(false)} />
  return (
    <div className="login">
      <section className="login-story" aria-label={t('brand.name')}>
        <div className="login-brand">
          <Mark size={40} />
          <div>
            <h1>{t('brand.name')}</h1>
            <p>{house.data?.hospital ?? t('brand.line')}</p>
          </div>
        </div>
        <ul>
          {(['1', '2', '3'] as const).map((n) => (
            <li key={n}>
              <b>{t(`login.promise${n}`)}</b>
              <span>{t(`login.promise${n}Say`)}</span>
            </li>
          ))}
        </ul>
      </section>
      <main className="login-desk">
        <div className="login-box">
          <h2>{t('login.title')}</h2>
          {search.get('next') && !fault ? <p className="login-note">{t('login.expired')}</p> : null}
          {fault ? (
            <div className="login-fault" role="alert">
              <Glyph name={fault.status === 423 || fault.status === 429 ? 'lock' : 'alert'} size={18} />
              <div>
                <b>{fault.message || (fault.status === 0 ? t('face.network') : t('face.error'))}</b>
                {fault.hint ? <span>{fault.hint}</span> : null}
              </div>
            </div>
          ) : null}
          <Form layout="vertical" requiredMark={false} size="large" onFinish={(sent: { name: string; password: string }) => void enter(() => signIn(sent.name.trim(), sent.password))}>
            <Form.Item name="name" label={t('login.name')} rules={[{ required: true, message: t('login.needName') }]}>
              <Input autoFocus autoComplete="username" spellCheck={false} />
            </Form.Item>
            <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('login.needPassword') }]}>
              <Input.Password autoComplete="current-password" />
            </Form.Item>
            <Button type="primary" htmlType="submit" block loading={busy}>
              {t('login.submit')}
            </Button>
          </Form>
          <DemoDoors accounts={house.data?.accounts} busy={busy} enter={(name) => void enter(() => switchTo(name))} />
        </div>
      </main>
    </div>
  )
}
