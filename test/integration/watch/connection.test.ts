import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { gone, isRead, isWatch, status } from "../support/Proxy.js"
import { gaps, watch, type Watched } from "./Watched.js"

let plane: ControlPlane
let one: Watched
beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false, customResources: false })
})
afterEach(() => one?.close())
afterAll(() => plane?.stop())

/** The watch that stands now. */
const standing = (watched: Watched) => eventually("a watch stands", () => watched.proxy.watches()[0])

describe("a connection", () => {
  it("that falls silent is given up, and what happened meanwhile is told by the next one", async () => {
    one = await watch(plane, { silence: 2000 })
    const silent = await standing(one)
    silent.hush()
    await one.put("d")
    await one.put("a")
    await one.remove("b")
    await eventually("the proxy has kept it from the client", () => (silent.asked.lines.swallowed >= 3 ? true : undefined))
    expect(one.told()).toEqual([])
    await one.toldAll()
    const { lists, watches } = one.reads()
    expect(silent.asked.did).toEqual(["hushed"])
    expect([lists.length, watches.length]).toEqual([1, 2])
    expect(gaps(watches)[0]).toBeGreaterThanOrEqual(1900)
    expect(watches[1]?.resourceVersion).toBe(watches[0]?.resourceVersion)
  })

  it("that is reset in the middle of a line tells that line again, whole, each time", async () => {
    one = await watch(plane)
    for (let round = 0; round < 5; round++) {
      await one.put("a")
      await one.toldAll()
      const cut = await standing(one)
      cut.cutInNextLine()
      await one.put("b")
      await one.put(`new-${round}`)
      await one.remove(`new-${round}`)
      await one.toldAll()
      expect(cut.asked.did[0]).toMatch(/^cut a line of \d+ bytes in the middle$/)
    }
    const { lists, watches } = one.reads()
    expect([lists.length, watches.length]).toEqual([1, 6])
    for (const [index, { resourceVersion }] of watches.slice(1).entries()) {
      // From the last whole line on, which was about `a`.
      expect(one.deeds()[index * 4]).toContain(`@${resourceVersion}`)
    }
  })
})

describe("a version that is gone", () => {
  it("410 at once: one new list for each, and no storm of them", async () => {
    one = await watch(plane)
    const expired = one.proxy.answer(isWatch, [gone(), gone(), gone()])
    const before = await standing(one)
    before.reset()
    await one.put("d")
    await one.remove("a")
    await one.put("a")
    await one.remove("b")
    await one.settled()
    await eventually("a watch stands again", () => one.proxy.watches()[0])
    const { lists, watches } = one.reads()
    expect(expired.count()).toBe(3)
    expect(watches.filter(({ by, status }) => by === "proxy" && status === 410)).toHaveLength(3)
    expect([lists.length, watches.length]).toEqual([4, 5])
    for (const [index, gap] of gaps(lists.slice(1)).entries()) expect(gap).toBeGreaterThanOrEqual(200 * 2 ** index)
    await one.put("after")
    await one.settled()
    expect(one.reads().lists).toHaveLength(4)
  })

  it("410 in the middle of the stream: one new list, from which the next watch goes on", async () => {
    one = await watch(plane)
    await one.put("a")
    await one.toldAll()
    const expired = await standing(one)
    // What happens between the server's last word and the new list is in no watch.
    const held = one.proxy.answer(({ verb }) => verb === "list", { status: 503, body: status(503, "ServiceUnavailable", "not yet") })
    expired.say(JSON.stringify({ type: "ERROR", object: JSON.parse(status(410, "Expired", "too old resource version: 1 (100)")) as object }))
    await one.put("d")
    await one.remove("c")
    await one.put("c")
    await one.remove("b")
    await eventually("a list was refused", () => (held.count() > 0 ? true : undefined))
    held.lift()
    await one.settled()
    await standing(one)
    const { lists, watches } = one.reads()
    expect(expired.asked.did[0]).toContain("said")
    expect(lists.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(watches).toHaveLength(2)
    const recreated = one.changes.filter(({ object }) => object.metadata.name === "c").map(({ _tag }) => _tag)
    expect(recreated).toEqual(["Vanished", "Appeared"])
    expect(one.changes.find(({ _tag, object }) => _tag === "Vanished" && object.metadata.name === "b")).toMatchObject({ seen: false })
  })

  it("an error in the stream that is no 410 costs no list", async () => {
    one = await watch(plane)
    await one.put("a")
    await one.toldAll()
    const failing = await standing(one)
    failing.say(JSON.stringify({ type: "ERROR", object: JSON.parse(status(500, "InternalError", "etcdserver: leader changed")) as object }))
    await one.put("d")
    await one.remove("b")
    await one.toldAll()
    const { lists, watches } = one.reads()
    expect([lists.length, watches.length]).toEqual([1, 2])
    expect(gaps(watches)[0]).toBeGreaterThanOrEqual(200)
  })
})

describe("a server that refuses", () => {
  it("429: nobody asks before Retry-After, and nothing is lost", async () => {
    one = await watch(plane)
    const busy = { status: 429, headers: { "retry-after": "2" }, body: status(429, "TooManyRequests", "too many requests, please try again later") }
    const storm = one.proxy.answer(isRead, [busy, busy, { ...busy, headers: { "retry-after": "1" } }])
    const before = await standing(one)
    await one.put("a")
    await one.toldAll()
    before.reset()
    await one.put("d")
    await one.remove("a")
    await one.remove("b")
    await one.put("b")
    await one.settled()
    expect(storm.count()).toBe(3)
    const refused = one.proxy.log.filter(({ status }) => status === 429)
    const reads = one.proxy.log.filter(isRead)
    const waits = refused.map((asked) => reads[reads.indexOf(asked) + 1]!.at - asked.at)
    expect(waits[0]).toBeGreaterThanOrEqual(2000)
    expect(waits[1]).toBeGreaterThanOrEqual(2000)
    expect(waits[2]).toBeGreaterThanOrEqual(1000)
    expect(reads.length).toBeLessThanOrEqual(7)
  })

  it("5xx of every sort: longer pauses each time, and no more than a few requests", async () => {
    one = await watch(plane)
    const page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
    const storm = one.proxy.answer(isRead, [
      { status: 503, body: status(503, "ServiceUnavailable", "the server is currently unable to handle the request") },
      { status: 502, headers: { "content-type": "text/html" }, body: page },
      { status: 500, body: status(500, "InternalError", "etcdserver: request timed out") },
      { status: 504, body: status(504, "Timeout", "the request timed out") },
      { status: 503, body: "" }
    ])
    const before = await standing(one)
    before.reset()
    await one.put("d")
    await one.put("a")
    await one.remove("b")
    await one.settled()
    await standing(one)
    expect(storm.count()).toBe(5)
    const reads = one.proxy.log.filter(isRead)
    const failed = reads.filter(({ by }) => by === "proxy")
    expect(failed.map(({ status }) => status)).toEqual([503, 502, 500, 504, 503])
    for (const [index, gap] of gaps([...failed, reads[reads.indexOf(failed[4]!) + 1]!]).entries()) {
      expect(gap, `after failure ${index + 1}`).toBeGreaterThanOrEqual(200 * 2 ** index)
    }
    expect(reads.length).toBeLessThanOrEqual(10)
  })
})

describe("a name that comes back while nobody watches", () => {
  it("is one object gone and another one there, told by the watch that goes on", async () => {
    one = await watch(plane)
    const before = await standing(one)
    const away = one.proxy.answer(isRead, { status: 503, body: status(503, "ServiceUnavailable", "away") })
    before.reset()
    await one.remove("a")
    await one.put("a")
    await one.put("a")
    await eventually("the proxy has refused", () => (away.count() > 0 ? true : undefined))
    away.lift()
    await one.toldAll()
    expect(one.changes.map(({ _tag }) => _tag)).toEqual(["Vanished", "Appeared", "Changed"])
    expect(one.reads().lists).toHaveLength(1)
  })

  it("and by a new list too, though the list has an object of that name before and after", async () => {
    one = await watch(plane)
    const before = await standing(one)
    const away = one.proxy.answer(isWatch, { status: 503, body: status(503, "ServiceUnavailable", "away") })
    before.reset()
    await one.remove("a")
    await one.put("a")
    one.proxy.answer(isWatch, [gone()])
    await eventually("the proxy has said 410", () => one.proxy.log.find(({ status }) => status === 410))
    away.lift()
    await one.settled()
    const about = one.changes.filter(({ object }) => object.metadata.name === "a")
    expect(about.map(({ _tag }) => _tag)).toEqual(["Vanished", "Appeared"])
    expect(about[0]).toMatchObject({ seen: false })
    expect(about[0]?.object.metadata.uid).not.toBe(about[1]?.object.metadata.uid)
  })
})
