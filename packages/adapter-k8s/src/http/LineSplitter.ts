/** Cuts a stream of bytes into the lines that are whole; what comes after the last line feed waits for the rest. */
export interface LineSplitter {
  readonly push: (chunk: Uint8Array) => ReadonlyArray<string>
  /** Bytes of a line that has not ended. */
  readonly pending: () => number
}

const lineFeed = 0x0a

/** Lines are cut as bytes and decoded as a whole: in UTF-8 a line feed is part of no other character. Empty lines are left out. */
export const make = (): LineSplitter => {
  let parts: Array<Uint8Array> = []
  let pending = 0
  const decoder = new TextDecoder()
  return {
    pending: () => pending,
    push: (chunk) => {
      const lines: Array<string> = []
      let start = 0
      for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
        const rest = chunk.subarray(start, end)
        const line = decoder.decode(parts.length === 0 ? rest : Buffer.concat([...parts, rest]))
        if (line.trim() !== "") lines.push(line)
        parts = []
        pending = 0
        start = end + 1
      }
      if (start < chunk.length) {
        parts.push(chunk.subarray(start))
        pending += chunk.length - start
      }
      return lines
    }
  }
}
