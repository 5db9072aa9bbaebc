/** A time as audit records write it, behind the name of one of their two times. */
const time = /(?:requestReceived|stage)Timestamp\\*"\s*:\s*\\*"([0-9T:.-]+Z)/

const near = 96

const parse = (text: string): number | undefined => {
  const found = Date.parse(time.exec(text)?.[1] ?? "")
  return Number.isNaN(found) ? undefined : found
}

/** How far in time a chunk begins, in milliseconds since the epoch; undefined where no time is in it. It orders the reading, and nothing hangs on it. */
export const firstTime = (chunk: Buffer): number | undefined => {
  const index = chunk.indexOf("requestReceivedTimestamp", 0, "latin1")
  return index === -1 ? undefined : parse(chunk.toString("latin1", index, index + near))
}

/** How far in time a chunk comes. */
export const lastTime = (chunk: Buffer): number | undefined => {
  const index = chunk.lastIndexOf("stageTimestamp\"", undefined, "latin1")
  if (index !== -1) return parse(chunk.toString("latin1", index, index + near))
  // In a wrapper its quotation marks are escaped.
  const wrapped = chunk.lastIndexOf("stageTimestamp\\\"", undefined, "latin1")
  return wrapped === -1 ? undefined : parse(chunk.toString("latin1", wrapped, wrapped + near))
}
