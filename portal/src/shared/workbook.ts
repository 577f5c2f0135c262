// A plain workbook 工作簿 (ECMA-376 §18) for tables already on the screen: one sheet, stored without compression
// (APPNOTE 6.3.10 §4.4.5 method 0), so that no library is needed.

type CellValue = string | number | boolean | null | undefined

const escape = (text: string) =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const cellXml = (value: CellValue) => {
  if (value === null || value === undefined || value === '') return '<c/>'
  if (typeof value === 'number' && Number.isFinite(value)) return `<c><v>${value}</v></c>`
  return `<c t="inlineStr"><is><t xml:space="preserve">${escape(String(value))}</t></is></c>`
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

function parts(sheet: string, rows: CellValue[][]): [string, string][] {
  const body = rows.map((row) => `<row>${row.map(cellXml).join('')}</row>`).join('')
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const pkg = 'http://schemas.openxmlformats.org/package/2006'
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  return [
    ['[Content_Types].xml', `${HEAD}<Types xmlns="${pkg}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${type}.worksheet+xml"/></Types>`],
    ['_rels/.rels', `${HEAD}<Relationships xmlns="${pkg}/relationships"><Relationship Id="rId1" Type="${rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ['xl/workbook.xml', `${HEAD}<workbook xmlns="${main}" xmlns:r="${rel}"><sheets><sheet name="${escape(sheet.slice(0, 31))}" sheetId="1" r:id="rId1"/></sheets></workbook>`],
    ['xl/_rels/workbook.xml.rels', `${HEAD}<Relationships xmlns="${pkg}/relationships"><Relationship Id="rId1" Type="${rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`],
    ['xl/worksheets/sheet1.xml', `${HEAD}<worksheet xmlns="${main}"><sheetData>${body}</sheetData></worksheet>`],
  ]
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})

function crc(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const byte of bytes) c = (TABLE[(c ^ byte) & 0xff] as number) ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

function record(numbers: [size: 2 | 4, value: number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [size]) => sum + size, 0)))
  let at = 0
  for (const [size, value] of numbers) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return new Uint8Array(view.buffer)
}

function zip(files: [string, string][]): Uint8Array<ArrayBuffer> {
  const encode = new TextEncoder()
  const pieces: Uint8Array[] = []
  const central: Uint8Array[] = []
  let offset = 0
  const put = (list: Uint8Array[], ...more: Uint8Array[]) => list.push(...more)
  for (const [name, text] of files) {
    const [path, bytes] = [encode.encode(name), encode.encode(text)]
    // version, flags, method, time, date (1980-01-01), crc, sizes, name, extra
    const common: [2 | 4, number][] = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 33], [4, crc(bytes)], [4, bytes.length], [4, bytes.length], [2, path.length], [2, 0]]
    const local = record([[4, 0x04034b50], ...common])
    put(pieces, local, path, bytes)
    put(central, record([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), path)
    offset += local.length + path.length + bytes.length
  }
  const size = central.reduce((sum, piece) => sum + piece.length, 0)
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]])
  const all = [...pieces, ...central, end]
  const whole = new Uint8Array(all.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of all) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** The bytes of an .xlsx with the given rows. */
export function workbook(sheet: string, rows: CellValue[][]): Uint8Array<ArrayBuffer> {
  return zip(parts(sheet, rows))
}

/** Hand the workbook to the browser. */
export function saveWorkbook(name: string, rows: CellValue[][]): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([workbook(name, rows)], { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' }))
  link.download = `${name}.xlsx`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 30_000)
}
