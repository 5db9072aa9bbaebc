import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { decide, type LeaseRecord, type Move, recordOf, released, renewed, type Sighting, sight, taken } from "../../src/leadership/LeaseRecord.js"

const me = "me"
const duration = 30_000

const record = (holder: string, rest: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder,
  duration,
  acquireTime: "2022-09-06T08:00:00.000000Z",
  renewTime: "2022-09-06T08:00:00.000000Z",
  transitions: 3,
  ...rest
})

const move = (sighting: Sighting | undefined, now: number): Move => decide(sighting, me, now, duration)

describe("a candidate's move", () => {
  it.each([
    ["makes a Lease that is not there", undefined, "Create"],
    ["renews what is its own, however old", { record: record(me), since: -1_000_000, gone: false }, "Renew"],
    ["takes what was given back, at once", { record: record("", { duration: 1000 }), since: 0, gone: false }, "Take"],
    ["waits for another's", { record: record("other"), since: 0, gone: false }, "Wait"],
    ["waits to the last millisecond", { record: record("other"), since: 1 - duration, gone: false }, "Wait"],
    ["takes another's that has not changed for its duration", { record: record("other"), since: -duration, gone: false }, "Take"],
    ["respects another's by the duration that the other wrote", { record: record("other", { duration: 60_000 }), since: -duration, gone: false }, "Wait"],
    ["takes sooner where the other wrote less", { record: record("other", { duration: 15_000 }), since: -15_000, gone: false }, "Take"],
    ["respects one without a duration by its own", { record: record("other", { duration: undefined }), since: -1, gone: false }, "Wait"],
    ["does not make a Lease anew that was deleted while another led", { record: record("other"), since: 0, gone: true }, "Wait"],
    ["makes it anew when that would have expired", { record: record("other"), since: -duration, gone: true }, "Create"],
    ["makes its own anew at once", { record: record(me), since: 0, gone: true }, "Create"],
    ["makes one anew at once that nobody held", { record: record(""), since: 0, gone: true }, "Create"]
  ] as const)("%s", (_, sighting, expected) => {
    expect(move(sighting, 0)._tag).toBe(expected)
  })

  it("says until when it waits, and for whom", () => {
    expect(move({ record: record("other"), since: 7, gone: false }, 8)).toEqual({ _tag: "Wait", until: 30_007, holder: "other" })
  })
})

describe("what a candidate has seen", () => {
  it("keeps its time while the record stays as it is, and starts anew with every change of it", () => {
    const first = sight(undefined, record("other"), 100)
    expect(first).toEqual({ record: record("other"), since: 100, gone: false })
    expect(sight(first, record("other"), 5_000)?.since).toBe(100)
    const changes: ReadonlyArray<Partial<LeaseRecord>> = [
      { holder: "third" },
      { duration: 1000 },
      { acquireTime: "2022-09-06T08:00:00.000001Z" },
      { renewTime: "2022-09-06T08:00:00.000001Z" },
      { transitions: 4 }
    ]
    for (const change of changes) expect(sight(first, { ...record("other"), ...change }, 5_000)?.since).toBe(5_000)
  })

  it("is remembered when the Lease goes, with its time", () => {
    const first = sight(undefined, record("other"), 100)
    const gone = sight(first, undefined, 5_000)
    expect(gone).toEqual({ record: record("other"), since: 100, gone: true })
    expect(sight(gone, record("other"), 6_000)).toEqual(first)
    expect(sight(undefined, undefined, 100)).toBeUndefined()
  })
})

/** What somebody reads, and how long after the last read. */
const Read = Schema.Struct({
  after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 25_000 })),
  holder: Schema.Literals(["", me, "other", "third", "nobody has a Lease"]),
  version: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))
})
const reads = { reads: Arbitrary.array(Arbitrary.schema(Read), { minLength: 1, maxLength: 40 }) }
type Reads = ReadonlyArray<typeof Read.Type>

const lived = (given: Reads, times: (version: number, now: number) => string) => {
  let sighting: Sighting | undefined
  let now = 0
  return given.map(({ after, holder, version }) => {
    now += after
    const read = holder === "nobody has a Lease" ? undefined : record(holder, { renewTime: times(version, now) })
    sighting = sight(sighting, read, now)
    return { now, read, move: move(sighting, now) }
  })
}

const names = (version: number) => `v${version}`

describe("whatever it reads, and whenever", () => {
  it.prop("a candidate takes or makes nothing that it saw change within the duration", reads, ({ reads }) => {
    const story = lived(reads, names)
    for (const [index, { move, now }] of story.entries()) {
      if (move._tag !== "Take" && move._tag !== "Create") continue
      // The plain rule, read off the story: the last Lease that was there, and since when it was read without a change.
      const before = story.slice(0, index + 1).filter(({ read }) => read !== undefined)
      const last = before.at(-1)?.read
      if (last === undefined || last.holder === "" || last.holder === me) continue
      const same = before.map(({ read }) => JSON.stringify(read) === JSON.stringify(last))
      const since = before[same.lastIndexOf(false) + 1]?.now ?? now
      expect(now - since).toBeGreaterThanOrEqual(duration)
    }
  }, { arbitrary: { runs: 2_000, seed: 4 } })

  it.prop("a candidate does not wait for what has not changed for the duration", reads, ({ reads }) => {
    const story = lived(reads, names)
    const last = story.at(-1)
    if (last?.read === undefined) return
    const { move } = lived([...reads, { ...reads.at(-1)!, after: duration }], names).at(-1)!
    expect(["Take", "Renew"]).toContain(move._tag)
  }, { arbitrary: { runs: 1_000, seed: 5 } })

  it.prop("the times that others wrote play no part, only their changing", reads, ({ reads }) => {
    const moves = (times: (version: number) => string) => lived(reads, times).map(({ move }) => move)
    const past = moves((version) => `1970-01-01T00:00:00.00000${version}Z`)
    expect(moves((version) => `2999-01-01T00:00:00.00000${version}Z`)).toEqual(past)
    expect(moves(names)).toEqual(past)
  }, { arbitrary: { runs: 500, seed: 6 } })
})

describe("what is written", () => {
  const time = "2022-09-06T08:00:05.123456Z"

  it("is what client-go reads, and nothing else", () => {
    expect(taken(me, duration, time, 4)).toEqual({
      holderIdentity: me,
      leaseDurationSeconds: 30,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 4
    })
    expect(renewed(me, duration, time)).toEqual({ holderIdentity: me, leaseDurationSeconds: 30, renewTime: time })
    expect(released(time)).toEqual({ holderIdentity: "", leaseDurationSeconds: 1, acquireTime: time, renewTime: time })
  })

  it("is read back, and what a Lease leaves out is nobody's and nothing", () => {
    expect(recordOf({ spec: { holderIdentity: me, leaseDurationSeconds: 30, acquireTime: time, renewTime: time, leaseTransitions: 4 } }))
      .toEqual({ holder: me, duration, acquireTime: time, renewTime: time, transitions: 4 })
    const nothing = { holder: "", duration: undefined, acquireTime: "", renewTime: "", transitions: 0 }
    expect(recordOf({ spec: null })).toEqual(nothing)
    expect(recordOf({})).toEqual(nothing)
    expect(recordOf({ spec: { holderIdentity: null, leaseDurationSeconds: null, acquireTime: null, renewTime: null, leaseTransitions: null } })).toEqual(nothing)
  })
})
