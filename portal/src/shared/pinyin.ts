// Pinyin initials 拼音首字母 without a dictionary: the browser's own Chinese collation orders characters by
// pinyin, so a character's initial is the last boundary character not after it. Readings that matter in a
// hospital and that collation cannot know (重症 zz, 银行 yh) are listed.

const BOUNDARIES: [string, string][] = [
  ['阿', 'a'], ['八', 'b'], ['嚓', 'c'], ['哒', 'd'], ['妸', 'e'], ['发', 'f'], ['旮', 'g'], ['哈', 'h'], ['讥', 'j'], ['咔', 'k'],
  ['垃', 'l'], ['妈', 'm'], ['拏', 'n'], ['噢', 'o'], ['妑', 'p'], ['七', 'q'], ['呥', 'r'], ['仨', 's'], ['他', 't'], ['屲', 'w'],
  ['夕', 'x'], ['丫', 'y'], ['帀', 'z'],
]
const READINGS: Record<string, string> = {
  重: 'zc', 长: 'cz', 行: 'xh', 调: 'td', 率: 'ls', 单: 'ds', 会: 'hk', 解: 'jx', 降: 'jx', 折: 'sz', 参: 'cs', 系: 'xj', 便: 'bp', 乐: 'ly', 呼: 'h', 传: 'cz',
}
const collator = new Intl.Collator('zh-Hans-CN-u-co-pinyin')
const known = new Map<string, string>()

function initialsOf(character: string): string {
  if (/[a-z0-9]/i.test(character)) return character.toLowerCase()
  if (!/\p{Script=Han}/u.test(character)) return ''
  const listed = READINGS[character]
  if (listed) return listed
  const remembered = known.get(character)
  if (remembered !== undefined) return remembered
  let found = ''
  for (const [boundary, letter] of BOUNDARIES) {
    if (collator.compare(boundary, character) > 0) break
    found = letter
  }
  known.set(character, found)
  return found
}

/** The initials of a text, one string of possible letters a character: 重症 → ['zc', 'z']. */
export function initials(text: string): string[] {
  return [...text].map(initialsOf).filter(Boolean)
}

/** Does `typed` occur in the text, as it stands or by pinyin initials? */
export function matches(text: string, typed: string): boolean {
  const wanted = typed.trim().toLowerCase()
  if (!wanted) return true
  if (text.toLowerCase().includes(wanted)) return true
  if (!/^[a-z0-9]+$/.test(wanted)) return false
  const letters = initials(text)
  for (let start = 0; start + wanted.length <= letters.length; start += 1) {
    if ([...wanted].every((letter, at) => letters[start + at]?.includes(letter))) return true
  }
  return false
}
