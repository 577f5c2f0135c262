import { Link } from 'react-router'
import type { Todo } from '@/api/shapes'
import { count } from '@/shared/format'
import { Glyph } from '@/shared/Glyph'
import { useTranslation } from '@/shared/i18n'
import { Face } from '@/shared/StateView'

/** 待办: what this department still owes its figures. */
export function Todos({ todo }: { todo: Todo[] }) {
  const { t } = useTranslation()
  return (
    <section className="panel" aria-label={t('board.todo')}>
      <header className="panel-head">
        <h2>{t('board.todo')}</h2>
      </header>
      {todo.length ? (
        <ul className="todos">
          {todo.map((one) => (
            <li key={one.kind + one.say} className="todo">
              <b>{count(one.count)}</b>
              <span>{one.say}</span>
              {one.link ? (
                <Link to={one.link} aria-label={`${t('board.rows')} ${one.say}`}>
                  {t('board.rows')}
                  <Glyph name="arrow" size={14} />
                </Link>
              ) : null}
            </li>
          ))}
        </ul>
      ) : (
        <Face glyph="check" title={t('board.noTodo')} say={t('board.noTodoSay')} />
      )}
    </section>
  )
}
