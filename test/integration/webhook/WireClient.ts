import { connect, type TLSSocket } from "node:tls"

/** What a server answered. */
export interface WireAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: string
  /** From the first byte sent to the last byte of the answer, milliseconds. */
  readonly duration: number
}

/** One keep-alive connection over which one request goes after the other, as bytes: nothing is checked or mended on the way. */
export interface Wire {
  readonly post: (path: string, body: Buffer) => Promise<WireAnswer>
  readonly close: () => void
}

const headEnd = Buffer.from("\r\n\r\n")

/** Connects when it has to: at first, and again when the server has closed the connection after an answer. */
export const wire = (port: number, ca: string): Wire => {
  let socket: TLSSocket | undefined
  let received: Array<Buffer> = []
  let waiting: { readonly resolve: (answer: WireAnswer) => void; readonly reject: (error: Error) => void; readonly from: number } | undefined

  const fail = (error: Error): void => {
    socket = undefined
    received = []
    const asked = waiting
    waiting = undefined
    asked?.reject(error)
  }

  const read = (): void => {
    const bytes = received.length === 1 ? received[0]! : Buffer.concat(received)
    received = [bytes]
    const end = bytes.indexOf(headEnd)
    if (end < 0 || waiting === undefined) return
    const head = bytes.toString("latin1", 0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (Number.isNaN(length)) return fail(new Error(`an answer without Content-Length: ${head}`))
    const start = end + headEnd.length
    if (bytes.length < start + length) return
    const answer: WireAnswer = {
      status: Number(head.slice(9, 12)),
      contentType: /content-type: ([^\r]+)/i.exec(head)?.[1],
      body: bytes.toString("utf8", start, start + length),
      duration: performance.now() - waiting.from
    }
    received = []
    const { resolve } = waiting
    waiting = undefined
    if (/connection: close/i.test(head)) {
      socket?.removeAllListeners("close")
      socket?.destroy()
      socket = undefined
    }
    resolve(answer)
  }

  const open = (): TLSSocket => {
    const fresh = connect({ host: "127.0.0.1", port, ca, servername: "" })
    fresh.setNoDelay(true)
    fresh.on("data", (chunk: Buffer) => {
      if (fresh !== socket) return
      received.push(chunk)
      read()
    })
    fresh.on("error", (error) => fresh === socket && fail(error))
    fresh.on("close", () => fresh === socket && fail(new Error("the server closed the connection without an answer")))
    return fresh
  }

  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        socket ??= open()
        waiting = { resolve, reject, from: performance.now() }
        const head = Buffer.from(`POST ${path} HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`)
        socket.write(Buffer.concat([head, body]))
      }),
    close: () => socket?.destroy()
  }
}
