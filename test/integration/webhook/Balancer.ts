import { connect, createServer, type Socket } from "node:net"

/** What a Service is to the API server: one address for several replicas, which take turns. */
export interface Balancer {
  readonly port: number
  /** Connections so far, by replica. */
  readonly connections: () => ReadonlyArray<number>
  /** Cuts every connection: the next call begins with a handshake. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

export const balancer = (replicas: ReadonlyArray<number>): Promise<Balancer> =>
  new Promise((resolve, reject) => {
    const open = new Set<Socket>()
    const counts = replicas.map(() => 0)
    let next = 0
    const server = createServer((client) => {
      const index = next++ % replicas.length
      counts[index]!++
      const replica = connect(replicas[index]!, "127.0.0.1")
      for (const [one, other] of [[client, replica], [replica, client]] as const) {
        open.add(one)
        one.on("error", () => other.destroy())
        one.on("close", () => {
          open.delete(one)
          other.destroy()
        })
        one.pipe(other)
      }
    })
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        connections: () => counts,
        cut: () => {
          for (const socket of open) socket.destroy()
        },
        close: () =>
          new Promise((done) => {
            for (const socket of open) socket.destroy()
            server.close(() => done())
          })
      })
    })
  })
