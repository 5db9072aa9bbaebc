import { newline } from "./Bytes.js"
import { type Framer, longestPiece, type Sink } from "./Framing.js"

/** A piece for each line. */
export const lines = (): Framer => {
  let line = 1
  let carried: Array<Buffer> = []
  let length = 0
  let discards = false

  const carry = (part: Buffer, sink: Sink): void => {
    if (discards || part.length === 0) return
    if (length + part.length > longestPiece) {
      sink.lost(line, "too long")
      carried = []
      length = 0
      discards = true
      return
    }
    // The chunk is only lent.
    carried.push(Buffer.from(part))
    length += part.length
  }

  const finish = (sink: Sink): void => {
    if (length > 0) sink.piece(carried.length === 1 ? carried[0]! : Buffer.concat(carried), 0, length, line)
    carried = []
    length = 0
    discards = false
    line++
  }

  return {
    push: (chunk, sink) => {
      let from = 0
      for (;;) {
        const to = chunk.indexOf(newline, from)
        if (to === -1) return carry(chunk.subarray(from), sink)
        if (length > 0 || discards) {
          carry(chunk.subarray(from, to), sink)
          finish(sink)
        } else {
          if (to > from) sink.piece(chunk, from, to, line)
          line++
        }
        from = to + 1
      }
    },
    end: finish
  }
}
