import { isUtf8 } from "node:buffer"
import type { IncomingMessage } from "node:http"

/** A request's body as it came in, or why it did not. */
export type Body =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "NotUtf8" }
  | { readonly _tag: "TooLarge" }
  /** There was no room for it among the bodies of the others. */
  | { readonly _tag: "NoRoom" }

/** How many bytes of bodies are held, of all requests together. */
export interface Room {
  held: number
  readonly most: number
}

const textOf = (bytes: Buffer): Body => isUtf8(bytes) ? { _tag: "Text", text: bytes.toString("utf8") } : { _tag: "NotUtf8" }

/**
 * Receives a body and tells it once, when it is in. What is too large is not kept, but read on for up to three times the limit, because a
 * client that is still sending does not hear an answer. Of a request that breaks off nothing is told.
 */
export const receive = (request: IncomingMessage, limit: number, room: Room, tell: (body: Body) => void): void => {
  const first: Array<Buffer> = []
  let size = 0
  let refused: Body | undefined
  let told = false
  let counted = 0
  const release = (): void => {
    room.held -= counted
    counted = 0
    first.length = 0
  }
  const finish = (body: Body): void => {
    told = true
    release()
    tell(body)
  }
  request.on("data", (chunk: Buffer) => {
    if (told) return
    size += chunk.length
    if (refused === undefined) {
      if (size > limit) refused = { _tag: "TooLarge" }
      else if (room.held + chunk.length > room.most) refused = { _tag: "NoRoom" }
      else {
        room.held += chunk.length
        counted += chunk.length
        first.push(chunk)
        return
      }
      release()
    }
    if (size > 4 * limit) finish(refused)
  })
  request.on("end", () => {
    if (told) return
    const only = first[0]
    finish(refused ?? textOf(first.length === 1 && only !== undefined ? only : Buffer.concat(first)))
  })
  request.on("close", release)
}
