export const quote = 0x22
export const backslash = 0x5c
export const openBrace = 0x7b
export const closeBrace = 0x7d
export const openBracket = 0x5b
export const closeBracket = 0x5d
export const comma = 0x2c
export const colon = 0x3a
export const newline = 0x0a

/** JSON's white space. Source: RFC 8259 §2. */
export const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Where text begins after white space; `end` where there is none. */
export const skipSpace = (bytes: Uint8Array, from: number, end: number): number => {
  let index = from
  while (index < end && isSpace(bytes[index])) index++
  return index
}

/** The place after the text that begins at `from` with a quotation mark; `end + 1` where it does not end. */
export const skipText = (bytes: Uint8Array, from: number, end: number): number => {
  let index = from + 1
  while (index < end) {
    const byte = bytes[index]!
    if (byte === quote) return index + 1
    index += byte === backslash ? 2 : 1
  }
  return end + 1
}

/** The place after the value that begins at `from`; `end + 1` where it does not end. Brackets are counted, not matched: `JSON.parse` judges. */
export const skipValue = (bytes: Uint8Array, from: number, end: number): number => {
  const first = bytes[from]
  if (first === quote) return skipText(bytes, from, end)
  let index = from
  if (first !== openBrace && first !== openBracket) {
    while (index < end && bytes[index] !== comma && bytes[index] !== closeBrace && bytes[index] !== closeBracket) index++
    return index
  }
  let depth = 0
  while (index < end) {
    const byte = bytes[index]!
    if (byte === quote) {
      index = skipText(bytes, index, end)
      continue
    }
    if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      depth--
      if (depth === 0) return index + 1
    }
    index++
  }
  return end + 1
}
