// Weigh the built portal 体积检查: gzip of what the shell needs, and of what each route adds, against style §7 law 9.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const LIMITS = { shell: 270, cockpit: 560 }
const root = fileURLToPath(new URL('../../yishu/web/static/', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}.vite/manifest.json`, 'utf8'))
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)

function files(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of manifest[key].imports ?? []) files(next, seen)
  return seen
}
const weight = (keys) => {
  const paths = new Set([...keys].flatMap((key) => [manifest[key].file, ...(manifest[key].css ?? [])]))
  return [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(root + path), { level: 9 }).length, 0) / 1024
}

const shell = files(entry)
const rows = [['shell', weight(shell)]]
for (const key of Object.keys(manifest)) {
  const page = /features\/(\w+)\/(\w+)Page\.tsx$/.exec(key)
  if (page && manifest[key].isDynamicEntry) rows.push([page[2].toLowerCase(), weight(new Set([...shell, ...files(key)]))])
}
let over = false
for (const [name, size] of rows.sort((a, b) => a[1] - b[1])) {
  const limit = LIMITS[name]
  over ||= limit !== undefined && size > limit
  console.log(`${name.padEnd(12)} ${size.toFixed(1).padStart(7)} KiB gz${limit === undefined ? '' : `  (limit ${limit})`}`)
}
if (over) {
  console.error('The portal is heavier than style §7 law 9 allows.')
  process.exit(1)
}
