/**
 * Which part of a JSON value is read: all of it, some members of an object, or a part of each item of an array. A value of another kind than
 * that is wanted whole, because whoever reads it will want to say what is there instead. Of a `text` it is wanted that it is one or `null`;
 * what it says is not, so that it may become `null`.
 */
export type Wanted = "all" | "text" | Members | { readonly items: Wanted }

/** Members that are read, by {@link step} over their names. */
export interface Members {
  readonly members: ReadonlyMap<number, { readonly name: string; readonly wanted: Wanted }>
}

/** The longest text that is pruned, characters: an 8 KB pod is usual; what is larger is not worth a buffer that stays. */
const longest = 262_144
/** Arrays and objects within one another. Kubernetes' own types stay below 30. */
const deepest = 64
/** Members of one object, which are compared with one another. */
const most = 128

const quote = 34
const comma = 44
const zero = 48
const nine = 57
const colon = 58
const openArray = 91
const backslash = 92
const closeArray = 93
const letterN = 110
const openObject = 123
const closeObject = 125

// Without overflow, which the compiler would take for a reason to reckon with floating-point numbers.
const step = (hash: number, code: number): number => ((hash << 7) | (hash >>> 25)) ^ code

const hashOf = (name: string): number => {
  let hash = 0
  for (let index = 0; index < name.length; index++) hash = step(hash, name.charCodeAt(index))
  return hash
}

/** An object of which these members are read; their names need no escapes. */
export const members = (wanted: { readonly [name: string]: Wanted }): Members => ({
  members: new Map(Object.entries(wanted).map(([name, part]) => [hashOf(name), { name, wanted: part }]))
})

/** Every platform has it (WHATWG, Encoding), but the language's own library does not name it, and the core is built with no other. */
declare const TextEncoder: new() => {
  readonly encodeInto: (text: string, into: Uint8Array) => { readonly read: number; readonly written: number }
}
const encoder = new TextEncoder()
/** The text that is being read, and a 0 behind it, with which no token goes on. One for all: a text is pruned in one go. */
const bytes = new Uint8Array(longest + 1)
/** Hashes of the names in the objects that are open, the innermost last. */
const names = new Int32Array(deepest * most)

/** What was found on the way. */
interface Pruned {
  readonly text: string
  out: string
  /** From where on the text was not yet taken over. */
  from: number
  /** Of the name that was read last. */
  hash: number
}

// Each of these answers where what begins at `at` ends, or -1: it is not written as an API server writes it.

const isHex = (code: number): boolean => (code >= zero && code <= nine) || ((code | 32) >= 97 && (code | 32) <= 102)

const endOfEscape = (at: number): number => {
  const code = bytes[at]!
  if (code !== 117) return `"\\/bfnrt`.includes(String.fromCharCode(code)) ? at + 1 : -1
  return isHex(bytes[at + 1]!) && isHex(bytes[at + 2]!) && isHex(bytes[at + 3]!) && isHex(bytes[at + 4]!) ? at + 5 : -1
}

const endOfString = (begin: number): number => {
  for (let at = begin + 1;;) {
    const code = bytes[at++]!
    if (code === quote) return at
    if (code < 32) return -1
    if (code === backslash && (at = endOfEscape(at)) < 0) return -1
  }
}

/** Of a name only those escapes are taken that have no second way to be written, so that names are the same where their texts are. */
const endOfName = (pruned: Pruned, begin: number): number => {
  if (bytes[begin] !== quote) return -1
  let hash = 0
  for (let at = begin + 1;;) {
    const code = bytes[at++]!
    if (code === quote) {
      pruned.hash = hash
      return at
    }
    if (code < 32) return -1
    hash = step(hash, code)
    if (code === backslash) {
      const escaped = bytes[at++]!
      if (escaped !== quote && escaped !== backslash) return -1
      hash = step(hash, escaped)
    }
  }
}

/** Whole numbers only: there is hardly another in a pod. */
const endOfNumber = (begin: number): number => {
  const first = bytes[begin] === 45 ? begin + 1 : begin
  let at = first
  while (bytes[at]! >= zero && bytes[at]! <= nine) at++
  return at === first || (bytes[first] === zero && at > first + 1) ? -1 : at
}

const endOfObject = (pruned: Pruned, begin: number, wanted: Wanted, depth: number, known: number): number => {
  if (bytes[begin + 1] === closeObject) return begin + 2
  const some = typeof wanted === "object" && "members" in wanted ? wanted.members : undefined
  let dropping = false
  let count = known
  for (let at = begin + 1;; at++) {
    const start = at
    at = endOfName(pruned, at)
    if (at < 0 || bytes[at] !== colon || count === known + most) return -1
    const { hash } = pruned
    for (let index = known; index < count; index++) if (names[index] === hash) return -1
    names[count++] = hash
    at++
    let part: Wanted = "all"
    if (some !== undefined) {
      const member = some.get(hash)
      const read = member !== undefined && at - start === member.name.length + 3 && pruned.text.startsWith(member.name, start + 1)
      if (read) part = member.wanted
      if (part === "text" && bytes[at] !== quote && bytes[at] !== letterN) return -1
      if (read && part !== "text") {
        if (dropping) {
          pruned.out += "null,"
          pruned.from = start
          dropping = false
        }
      } else if (!dropping) {
        pruned.out += pruned.text.slice(pruned.from, at)
        dropping = true
      }
    }
    at = endOfValue(pruned, at, part, depth, count)
    if (at < 0) return -1
    if (bytes[at] === comma) continue
    if (bytes[at] !== closeObject) return -1
    if (dropping) {
      pruned.out += "null"
      pruned.from = at
    }
    return at + 1
  }
}

const endOfArray = (pruned: Pruned, begin: number, wanted: Wanted, depth: number, known: number): number => {
  if (bytes[begin + 1] === closeArray) return begin + 2
  const item = typeof wanted === "object" && "items" in wanted ? wanted.items : "all"
  for (let at = begin + 1;; at++) {
    at = endOfValue(pruned, at, item, depth, known)
    if (at < 0 || bytes[at] === closeArray) return at < 0 ? -1 : at + 1
    if (bytes[at] !== comma) return -1
  }
}

const endOfValue = (pruned: Pruned, at: number, wanted: Wanted, depth: number, known: number): number => {
  switch (bytes[at]) {
    case quote:
      return endOfString(at)
    case openObject:
      return depth === deepest ? -1 : endOfObject(pruned, at, wanted, depth + 1, known)
    case openArray:
      return depth === deepest ? -1 : endOfArray(pruned, at, wanted, depth + 1, known)
    case 102:
      return pruned.text.startsWith("false", at) ? at + 5 : -1
    case letterN:
      return pruned.text.startsWith("null", at) ? at + 4 : -1
    case 116:
      return pruned.text.startsWith("true", at) ? at + 4 : -1
    default:
      return endOfNumber(at)
  }
}

/**
 * A JSON text without what is not read: of the members that are not wanted, each run becomes one that is `null`. All of it has been checked
 * as `StrictJson.parse` checks it. Undefined where the text is not in ASCII, not written as tersely as API servers write, unusually long,
 * deep or wide, or wrong: then it takes `StrictJson.parse` to say what it is.
 */
export const prune = (text: string, wanted: Wanted): string | undefined => {
  // Go's encoder ends what it writes with a line feed.
  const length = text.endsWith("\n") ? text.length - 1 : text.length
  if (length > longest) return undefined
  const { read, written } = encoder.encodeInto(text, bytes)
  if (read !== text.length || written !== text.length) return undefined
  bytes[length] = 0
  const pruned: Pruned = { text, out: "", from: 0, hash: 0 }
  const end = endOfValue(pruned, 0, wanted, 0, 0)
  return end === length ? pruned.out + text.slice(pruned.from, length) : undefined
}
