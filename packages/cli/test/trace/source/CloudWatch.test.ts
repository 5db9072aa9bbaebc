import { Effect, Exit, Fiber, Result } from "effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type From, tracePod, traceWindow } from "../../../src/trace/Ask.js"
import { readInsights } from "../../../src/trace/source/Insights.js"
import { cloudWatch } from "../../../src/trace/source/CloudWatch.js"
import { reader } from "../../../src/trace/read/Reader.js"
import { forWindow } from "../../../src/trace/read/Wanted.js"
import { noon, podOf } from "../support/Records.js"
import { type LogsAsked, type LogsServer, serveLogs } from "../support/LogsServer.js"

const logGroup = "/aws/eks/prod/cluster"
const second = noon / 1_000

const open: Array<LogsServer> = []
const serve = async (asked: Omit<LogsAsked, "logGroup">): Promise<LogsServer> => {
  const server = await serveLogs({ logGroup, ...asked })
  open.push(server)
  return server
}

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example")
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(open.splice(0).map(({ close }) => close()))
})

/** So many pods in an hour, three records each. */
const cluster = (pods: number) =>
  Array.from({ length: pods }, (_, index) => {
    const after = Math.floor(index * 3_600 / pods)
    const pod = podOf({ name: `web-${index}`, uid: `uid-${index}` })
    return [pod.create(after * 1_000), pod.bind(after * 1_000 + 31), pod.annotate(after * 1_000 + 90)].map((record) => ({ second: second + after, message: JSON.stringify(record) }))
  }).flat()

const asked = (server: LogsServer, more: Partial<From> = {}): From => ({
  files: [],
  logGroup,
  region: "eu-west-1",
  profile: undefined,
  endpoint: server.url,
  since: undefined,
  from: noon,
  to: noon + 3_600_000,
  progress: undefined,
  poll: 1,
  ...more
})

const judged = { controllers: [], stuckAfter: 60_000 }
const window = (from: From) => Effect.runPromise(Effect.scoped(Effect.result(traceWindow(from, { ...judged, top: 10, most: 50_000 }))))

/** As a window is read, with fewer rows in an answer. */
const readWith = async (server: LogsServer, limit: number, slice = { from: second, to: second + 3_600 }) => {
  const told: Array<string> = []
  const read = reader(forWindow, () => {})
  const incomplete = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const queries = yield* cloudWatch({ logGroup, query: "…", region: "eu-west-1", endpoint: server.url, profile: undefined, poll: 1 })
    return yield* readInsights(queries, { name: logGroup, slice, sink: read.source(logGroup, "document"), tally: read.tally, progress: (text) => Effect.sync(() => void told.push(text)), limit })
  })))
  return { incomplete, told, tally: read.tally, starts: server.calls.filter(({ action }) => action === "StartQuery") }
}

describe("CloudWatch Logs Insights", () => {
  it("is asked by a query that narrows to what can be used, and read page by page", async () => {
    const server = await serve({ records: cluster(600) })
    const lines: Array<string> = []
    const answer = Result.getOrThrow(await window(asked(server, { progress: (line) => Effect.sync(() => void lines.push(line)) })))
    expect(answer.data).toMatchObject({ pods: { created: 600, annotated: 600 }, reading: { sources: [logGroup], records: 1_800, incomplete: [] } })
    const start = server.calls.find(({ action }) => action === "StartQuery")?.input
    expect(start).toMatchObject({ startTime: second, endTime: second + 3_600, limit: 10_000, queryString: expect.stringContaining("filter @logStream like /^kube-apiserver-audit/") })
    expect(server.calls.map(({ input }) => input["nextToken"]).filter((token) => token !== undefined)).toEqual(["1000"])
    expect(lines).toEqual(["2026-01-15T12:00:00Z to 2026-01-15T13:00:00Z: 1800 records"])
  })

  it("is asked again in parts where one answer cannot hold what matches, so that nothing is missed", async () => {
    const { incomplete, starts, tally, told } = await readWith(await serve({ records: cluster(600) }), 500)
    expect(tally).toMatchObject({ records: 1_800, duplicates: 0 })
    expect(incomplete).toEqual([])
    expect(starts.length).toBeGreaterThan(4)
    expect(told[0]).toContain("more than one answer holds")
  })

  it("is asked again also where the service does not count, and what comes twice is told apart", async () => {
    const { incomplete, tally } = await readWith(await serve({ records: cluster(600), counts: false }), 500)
    expect(tally.records).toBe(1_800)
    expect(tally.duplicates).toBeGreaterThan(0)
    expect(incomplete).toEqual([])
  })

  it("says which second has more than one answer holds", async () => {
    const { incomplete, tally } = await readWith(await serve({ records: cluster(400).map((record) => ({ ...record, second })) }), 500, { from: second - 1, to: second + 1 })
    expect(tally.records).toBe(500)
    expect(incomplete).toEqual([`${logGroup}, 2026-01-15T12:00:00Z to 2026-01-15T12:00:00Z: 500 of 1200 records, for one answer holds no more`])
  })

  it("tells one pod's story, asked for by its name alone", async () => {
    const server = await serve({ records: cluster(3) })
    const { data } = await Effect.runPromise(Effect.scoped(tracePod(asked(server), { _tag: "Name", namespace: "shop", name: "web-1" }, judged)))
    expect(data.pods[0]?.latencies).toMatchObject({ createToAnnotated: 90 })
    expect(server.calls[0]?.input["queryString"]).toContain("@message like /web\\-1/")
  })

  it("is stopped when whoever asked goes away", async () => {
    const server = await serve({ records: [], looks: Infinity })
    const fiber = Effect.runFork(Effect.scoped(traceWindow(asked(server), { ...judged, top: 10, most: 1_000 })))
    await vi.waitFor(() => expect(server.calls.some(({ action }) => action === "GetQueryResults")).toBe(true))
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(server.calls.at(-1)).toEqual({ action: "StopQuery", input: { queryId: "q-0" } })
    expect(Exit.isFailure(await Effect.runPromise(Fiber.await(fiber)))).toBe(true)
  })

  it("is asked again while too many queries of the account run", async () => {
    const server = await serve({ records: cluster(3), busy: 4 })
    expect(Result.getOrThrow(await window(asked(server))).data.pods.created).toBe(3)
    expect(server.calls.filter(({ action }) => action === "StartQuery").length).toBe(5)
  })

  it("that cannot be read names the log group and the mend", async () => {
    const server = await serve({ records: [] })
    const failure = async (from: From) => {
      const { mend, message } = await Effect.runPromise(Effect.scoped(Effect.flip(traceWindow(from, { ...judged, top: 10, most: 1_000 }))))
      return [message, mend]
    }
    expect(await failure(asked(server, { logGroup: "/aws/eks/other/cluster" }))).toEqual([
      "CloudWatch Logs, /aws/eks/other/cluster: ResourceNotFoundException: Log group '/aws/eks/other/cluster' does not exist",
      expect.stringContaining("EKS writes no audit log unless asked")
    ])
    const [message, mend] = await failure(asked(await serve({ records: [], endsAs: "Timeout" })))
    expect([message, mend]).toEqual([`CloudWatch Logs, ${logGroup}: the query ended as Timeout`, "ask for a shorter time (--from, --to)"])
  })
})
