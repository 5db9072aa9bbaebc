import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/** A record in a log group: when, in seconds since the epoch, and what. */
export interface Logged {
  readonly second: number
  readonly message: string
}

/** A call as the service saw it. */
export interface Call {
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
}

/** CloudWatch Logs Insights as far as queries go. Source: CloudWatch Logs API Reference: StartQuery, GetQueryResults, StopQuery; AWS JSON 1.1. */
export interface LogsServer {
  readonly url: string
  readonly calls: Array<Call>
  readonly close: () => Promise<void>
}

export interface LogsAsked {
  readonly logGroup: string
  readonly records: ReadonlyArray<Logged>
  /** Looks at a query until it is complete; for ever where it never is. */
  readonly looks?: number
  /** Whether it says how many records match. */
  readonly counts?: boolean
  /** StartQuery is refused so often, for too many queries run already. */
  readonly busy?: number
  /** What the first query ends as. */
  readonly endsAs?: string
}

const bodyOf = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  const parts: Array<Buffer> = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString()) as Readonly<Record<string, unknown>>
}

interface Query {
  readonly rows: ReadonlyArray<Logged>
  readonly matched: number
  looks: number
}

class Refused extends Error {
  constructor(readonly type: string, message: string) {
    super(message)
  }
}

/** Serves a log group on loopback. */
export const serveLogs = async ({ busy = 0, counts = true, endsAs = "Complete", logGroup, looks = 1, records }: LogsAsked): Promise<LogsServer> => {
  const calls: Array<Call> = []
  const queries = new Map<string, Query>()
  let refusals = busy

  const answer = (action: string, input: Readonly<Record<string, unknown>>): unknown => {
    if (action === "StartQuery") {
      if (input["logGroupName"] !== logGroup) throw new Refused("ResourceNotFoundException", `Log group '${String(input["logGroupName"])}' does not exist`)
      if (refusals-- > 0) throw new Refused("LimitExceededException", "Account maximum query concurrency limit of 30 reached.")
      const matching = records.filter(({ second }) => second >= Number(input["startTime"]) && second <= Number(input["endTime"]))
      const queryId = `q-${queries.size}`
      queries.set(queryId, { rows: matching.slice(0, Number(input["limit"])), matched: matching.length, looks })
      return { queryId }
    }
    const query = queries.get(String(input["queryId"]))
    if (query === undefined) throw new Refused("ResourceNotFoundException", "no such query")
    if (action === "StopQuery") return { success: true }
    if (query.looks-- > 0) return { status: "Running", results: [] }
    const from = Number(input["nextToken"] ?? 0)
    const to = from + Number(input["maxItems"] ?? 10_000)
    return {
      status: endsAs,
      results: query.rows.slice(from, to).map(({ message }) => [{ field: "@timestamp", value: "2026-01-15 12:00:00.000" }, { field: "@message", value: message }, { field: "@ptr", value: "x" }]),
      statistics: counts ? { recordsMatched: query.matched } : {},
      ...(to < query.rows.length ? { nextToken: String(to) } : {})
    }
  }

  const server: Server = createServer((request, response) => {
    void bodyOf(request).then((input) => {
      const action = String(request.headers["x-amz-target"]).split(".")[1] ?? ""
      calls.push({ action, input })
      response.setHeader("content-type", "application/x-amz-json-1.1")
      try {
        response.end(JSON.stringify(answer(action, input)))
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        response.statusCode = 400
        response.end(JSON.stringify({ __type: error.type, message: error.message }))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  }
}
