import { type Book, isOnItsInstance, type PodRecord } from "./Book.js"
import type { Oracle } from "./Oracle.js"
import { isFull } from "./Room.js"

/**
 * Beside the cooldown, within which whoever waited is served, milliseconds: a backoff is a minute at most, what EC2 throttled is asked once in five seconds, and three
 * calls make a branch.
 */
const moments = 120_000

/** After an outage, however long it was, nobody waits for its own sake. */
export const prompt = (excusedNodes: ReadonlySet<string>): Oracle => {
  const isExcused = (book: Book, { instanceId, nodeName = "", uid }: PodRecord): boolean =>
    book.excuse(uid) !== undefined || [instanceId, book.instanceOf(nodeName)].some((one) => excusedNodes.has(one ?? ""))
  let judged: number | undefined
  const late = (book: Book): string | undefined => {
    const since = book.recoveredAt()
    if (since === undefined || since === judged || book.now() - since < moments + book.cooldown()) return undefined
    judged = since
    for (const pod of book.living()) {
      const hasWaited = pod.asks && pod.details === undefined && pod.boundAt !== undefined && pod.boundAt < since
      if (!hasWaited || isExcused(book, pod) || !isOnItsInstance(book, pod) || isFull(book, pod.instanceId)) continue
      return `${pod.name} is not served ${book.now() - since} ms after the outage`
    }
    return undefined
  }
  return {
    name: "after an outage whoever waited is served within moments",
    call: (_call, book) => late(book),
    change: (_change, book) => late(book)
  }
}
