import { Dropdown, type MenuProps } from 'antd'
import { useNavigate } from 'react-router'
import { queries, signOut, switchTo } from '@/api/client'
import type { Me } from '@/api/shapes'
import { Glyph } from '@/shared/Glyph'
import { useTranslation, word, zh } from '@/shared/i18n'

/** The account menu 账号: who I am, the demo's other roles, the way out. */
export function Account({ me }: { me: Me }) {
  const { t } = useTranslation()
  const navigate = useNavigate()

  const become = async (name: string) => {
    await switchTo(name)
    queries.clear()
    await navigate('/')
  }
  const leave = async () => {
    await signOut().catch(() => undefined)
    queries.clear()
    await navigate('/login')
  }
  const items: MenuProps['items'] = []
  if (me.accounts.length) {
    items.push({
      type: 'group',
      key: 'roles',
      label: t('header.switchRole'),
      children: me.accounts.map((account) => ({
        key: `as:${account.name}`,
        disabled: account.name === me.name,
        label: (
          <span className="role-line">
            <span>{account.display}</span>
            <small>{account.name === me.name ? t('header.you') : word(zh.role, account.role)}</small>
          </span>
        ),
      })),
    })
    items.push({ type: 'divider' })
  }
  items.push({ key: 'leave', label: t('header.logout'), icon: <Glyph name="leave" size={16} /> })

  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{ items, className: 'account-menu', onClick: ({ key }) => void (key === 'leave' ? leave() : become(key.slice(3))) }}
    >
      <button type="button" className="bar-account">
        <span className="visually-hidden">{t('header.account')}</span>
        <span className="bar-avatar" aria-hidden="true"><Glyph name="user" size={16} /></span>
        <span className="bar-who">
          <b>{me.display}</b>
          <small>{me.department ?? word(zh.role, me.role)}</small>
        </span>
        <Glyph name="down" size={14} />
      </button>
    </Dropdown>
  )
}
