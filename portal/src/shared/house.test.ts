// Laws of the house that a reader cannot see at a glance: words live in i18n, colours in skins.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { zh } from './i18n/zh'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => !/schema\.d\.ts$/.test(path))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:])\/\/.*$/gm, '$1')

it.each(files.filter((path) => path.endsWith('.tsx')))('%s holds no hard-coded Chinese', (path) => {
  const odd = withoutComments(read(path)).match(/[^\n]*\p{Script=Han}[^\n]*/gu) ?? []
  expect(odd.map((line) => line.trim())).toEqual([])
})

it.each(files.filter((path) => /\.(css|tsx)$/.test(path)))('%s names no colour of its own', (path) => {
  const odd = withoutComments(read(path)).match(/#[0-9a-f]{3,8}\b(?!['"]?\s*[>{])|\brgba?\(|\bhsla?\(/gi) ?? []
  expect(odd.filter((found) => !/^#(main|root)/.test(found))).toEqual([])
})

it('every word that is asked for exists and every word is asked for', () => {
  const text = files.filter((path) => /\.tsx?$/.test(path) && !path.includes('i18n')).map(read).join('\n')
  const asked = new Set([...text.matchAll(/'((?:[a-z]\w*)\.(?:[a-zA-Z]\w*))'/g)].map((found) => found[1]!))
  const known = Object.entries(zh).flatMap(([group, words]) => Object.entries(words).flatMap(([key, word]) => (typeof word === 'string' ? [`${group}.${key}`] : [])))
  const built = [...text.matchAll(/`([a-z]\w*)\.([a-zA-Z]*)\$\{/g)].map((found) => `${found[1]}.${found[2]}`)
  const unused = known.filter((key) => !key.startsWith('role.') && !asked.has(key) && !built.some((start) => key.startsWith(start)))
  expect(unused).toEqual([])
})

it.each(files.filter((path) => /features\/\w+\/words\.ts$/.test(path)))('%s holds no word that is never asked for', (path) => {
  const folder = path.replace(/words\.ts$/, '')
  const text = files.filter((other) => other.startsWith(folder) && other !== path && /\.tsx?$/.test(other)).map(read).join('\n')
  const listed = [...read(path).matchAll(/(?:^|[\s{,])([a-zA-Z]\w*): (?:'|`)/g)].map((found) => found[1]!)
  expect(listed.filter((key) => !new RegExp(`['.]${key}'|\\.\\$\\{`).test(text))).toEqual([])
})
