import { backslash, closeBrace, closeBracket, comma, isSpace, newline, openBrace, openBracket, quote } from "./Bytes.js"
import { type Framer, listMembers, longestPiece, type Sink } from "./Framing.js"

/** Of a member's name as much as tells lists from others. */
const longestName = 16

/**
 * A piece for each element of a list that is a whole document, or that is a member of one (`items` and the like); a document without a list is a piece itself. Several
 * documents may follow one another.
 */
export const documents = (): Framer => {
  let line = 1
  let depth = 0
  /** How deep the elements of the list lie that is being read; 0 where none is. */
  let elements = 0
  let hadList = false
  let inText = false
  let escaped = false
  let name = ""
  let began = 1
  let garbage = false

  /** A piece that has begun: what earlier chunks had of it, and where it goes on in this one. */
  let carried: Array<Buffer> = []
  let length = 0
  let from = -1

  const forget = (): void => {
    carried = []
    length = 0
    from = -1
  }

  const begin = (index: number): void => {
    forget()
    from = index
    began = line
  }

  const reset = (): void => {
    depth = 0
    elements = 0
    hadList = false
    inText = false
    escaped = false
    name = ""
    forget()
  }

  const finish = (chunk: Buffer, to: number, sink: Sink): void => {
    if (from === -1) return
    if (length === 0) sink.piece(chunk, from, to, began)
    else {
      const whole = Buffer.concat([...carried, chunk.subarray(from, to)])
      sink.piece(whole, 0, whole.length, began)
    }
    forget()
  }

  const lose = (sink: Sink, why: "not closed" | "no JSON"): void => {
    sink.lost(from === -1 ? line : began, why)
    reset()
  }

  const opens = (index: number, byte: number): void => {
    if (depth === 0) {
      if (byte === openBracket) elements = 1
      else begin(index)
    } else if (depth === elements) begin(index)
    else if (depth === 1 && elements === 0 && byte === openBracket && listMembers.has(name)) {
      elements = 2
      hadList = true
      // The document itself is no record, then.
      forget()
    }
    depth++
  }

  const closes = (chunk: Buffer, index: number, sink: Sink): void => {
    depth--
    if (elements > 0) {
      if (depth === elements) finish(chunk, index + 1, sink)
      else if (depth === elements - 1) elements = 0
    }
    if (depth > 0) return
    if (!hadList) finish(chunk, index + 1, sink)
    reset()
  }

  const text = (chunk: Buffer, start: number, sink: Sink): number => {
    let index = start
    while (index < chunk.length) {
      const byte = chunk[index]!
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) {
        inText = false
        return index + 1
      } else if (byte === newline) {
        // No text of JSON goes over lines: something is cut off here.
        lose(sink, "not closed")
        return index
      }
      if (depth === 1 && name.length < longestName) name += String.fromCharCode(byte)
      index++
    }
    return index
  }

  return {
    push: (chunk, sink) => {
      let index = 0
      if (from !== -1) from = 0
      while (index < chunk.length) {
        if (inText) {
          index = text(chunk, index, sink)
          continue
        }
        const byte = chunk[index]!
        if (byte === quote && depth > 0) {
          inText = true
          if (depth === 1) name = ""
        } else if (byte === openBrace || byte === openBracket) {
          garbage = false
          opens(index, byte)
        } else if ((byte === closeBrace || byte === closeBracket) && depth > 0) closes(chunk, index, sink)
        else if (byte === newline) {
          line++
          garbage = false
        } else if (depth === 0 && !garbage && byte !== comma && !isSpace(byte)) {
          garbage = true
          sink.lost(line, "no JSON")
        }
        index++
      }
      if (from === -1) return
      const part = chunk.subarray(from)
      if (length + part.length > longestPiece) {
        sink.lost(began, "too long")
        forget()
        return
      }
      carried.push(Buffer.from(part))
      length += part.length
      from = 0
    },
    end: (sink) => {
      if (depth > 0) lose(sink, "not closed")
    }
  }
}
