import { eventComponent } from "@branchline/core/model/Names"
import { describe, expect, it } from "vitest"
import { noFalseAlarm, releasesTold, strandedTold, toldGroups, truthfulLoss, waitersTold } from "../../../src/simulation/oracle/Told.js"
import type { Oracle } from "../../../src/simulation/oracle/Oracle.js"
import { eni, eventChange, group, instance, naming, nodeChange, scene } from "./Scene.js"

const told = (oracle: Oracle, one: ReturnType<typeof scene>, subject: string, reason: string, message = "", component = eventComponent) =>
  one.written(oracle, eventChange(undefined, { metadata: { name: "e" }, involvedObject: { uid: subject }, reason, message, source: { component } }))

const minutes = (count: number): number => count * 60_000

describe("the groups that a pod was told", () => {
  const ready = (groups = ["web"]) => {
    const one = scene()
    const oracle = toldGroups()
    one.told(oracle, "web")
    one.branch("a", 1)
    one.put("a", { type: "branch", groups: groups.map(group) })
    const say = (text: string) => told(oracle, one, "uid-web", "SecurityGroupRequested", text)
    return { ...one, oracle, say, announce: () => one.told(oracle, "web", { details: naming("a", 1) }) }
  }
  const wrong = ["default/web was told [sg-other] and has [sg-web]"]

  it("are those of its branch, in any order", () => {
    const { announce, calm, oracle, say } = ready(["b", "a"])
    say("Pod will get the following Security Groups [sg-a sg-b]")
    announce()
    expect(calm(oracle)).toEqual([])
  })

  it("are others than those of its branch, whether it hears so before it is served or after", () => {
    for (const order of ["before", "after"]) {
      const { announce, calm, oracle, say } = ready()
      if (order === "before") say("[sg-other]")
      announce()
      if (order === "after") say("[sg-other]")
      expect(calm(oracle)).toEqual(wrong)
    }
  })

  it("were others before: the last word counts", () => {
    const { announce, calm, oracle, say } = ready()
    say("[sg-other]")
    say("[sg-web]")
    announce()
    expect(calm(oracle)).toEqual([])
  })

  it("were none, or none by name: nothing is held against anybody", () => {
    const silent = ready()
    silent.announce()
    expect(silent.calm(silent.oracle)).toEqual([])
    const node = ready()
    node.say("Pod will get the instance security group")
    node.announce()
    expect(node.calm(node.oracle)).toEqual([])
  })

  it("are asked about no more where somebody began anew before the annotation, or the pod has another branch since, or two were at work", () => {
    const anew = ready()
    anew.say("[sg-other]")
    anew.start()
    anew.announce()
    expect(anew.calm(anew.oracle)).toEqual([])
    const again = ready()
    again.say("[sg-other]")
    again.announce()
    again.start()
    again.branch("b", 2)
    again.told(again.oracle, "web", { details: naming("b", 2) })
    expect(again.calm(again.oracle)).toEqual([])
    const later = ready()
    later.announce()
    later.start()
    later.say("[sg-other]")
    expect(later.calm(later.oracle)).toEqual([])
    const two = ready()
    two.say("[sg-other]")
    two.announce()
    two.rival()
    expect(two.calm(two.oracle)).toEqual([])
  })

  it("are asked about until half a minute after the annotation: what is told later is of the branch that it is to have next", () => {
    for (const [millis, expected] of [[30_000, wrong], [30_001, []]] as const) {
      const { announce, calm, later, oracle, say } = ready()
      say("[sg-web]")
      announce()
      later(millis)
      say("[sg-other]")
      expect(calm(oracle)).toEqual(expected)
    }
  })

  it("are looked at as they were when it was announced", () => {
    const { announce, calm, oracle, put, say } = ready()
    say("[sg-web]")
    announce()
    put("a", { type: "branch", groups: [group("new")] })
    expect(calm(oracle)).toEqual([])
  })

  it("may be others once its node is another instance, on which it is to have another branch", () => {
    const { announce, calm, launch, oracle, rename, say } = ready()
    say("[sg-web]")
    announce()
    launch("2", "t2")
    rename("node-1", "2")
    say("[sg-other]")
    expect(calm(oracle)).toEqual([])
  })
})

describe("a pod that waits", () => {
  const waiting = () => {
    const one = scene()
    const oracle = waitersTold()
    one.told(oracle, "web")
    const say = (message = "failed to allocate branch ENI to pod: why", reason = "BranchAllocationFailed") => told(oracle, one, "uid-web", reason, message)
    const serve = () => {
      one.branch("a", 1)
      one.told(oracle, "web", { details: naming("a", 1) })
    }
    return { ...one, oracle, say, serve, wrongs: () => one.calm(oracle) }
  }
  const long = minutes(5) + 1

  it("for long hears why, whether it is served in the end or not", () => {
    for (const served of [true, false]) {
      const { later, serve, wrongs } = waiting()
      later(long)
      if (served) serve()
      expect(wrongs()).toEqual(["default/web waited 300001 ms on node-1 and was not told why"])
    }
  })

  it("was told, that it could not be allocated or not be announced: all is well", () => {
    for (const reason of ["BranchAllocationFailed", "BranchENIAnnotationFailed"]) {
      const { later, say, wrongs } = waiting()
      say("why", reason)
      later(long)
      expect(wrongs()).toEqual([])
    }
    const { later, say, wrongs } = waiting()
    say("why", "SecurityGroupRequested")
    later(long)
    expect(wrongs()).toHaveLength(1)
  })

  it("a while, asks for nothing, is excused, or is elsewhere: nobody has to tell it", () => {
    const brief = waiting()
    brief.later(long - 1)
    expect(brief.wrongs()).toEqual([])
    const other = waiting()
    other.told(other.oracle, "plain", { asks: false })
    other.serve()
    other.later(long)
    expect(other.wrongs()).toEqual([])
    const excused = waiting()
    excused.later(long)
    excused.excuse("web")
    expect(excused.wrongs()).toEqual([])
    const moved = waiting()
    moved.launch("2", "t2")
    moved.rename("node-1", "2")
    moved.later(long)
    expect(moved.wrongs()).toEqual([])
  })

  it("hears from whoever began anew when that one has seen it", () => {
    const { later, start, wrongs } = waiting()
    start()
    later(long)
    expect(wrongs()).toEqual([])
  })

  it("was served in the end and lives on: how long it waited stays so long", () => {
    const { later, serve, wrongs } = waiting()
    serve()
    later(long)
    expect(wrongs()).toEqual([])
  })

  describe("because all are taken", () => {
    const full = "failed to allocate branch ENI to pod: all 9 branch interfaces of the node are taken (9 in use)"
    const cooling = () => {
      const one = waiting()
      one.pod("old", { details: naming("b", 2) })
      one.say(full)
      one.later(1_000)
      return one
    }
    const dark = ["default/web waited 32000 ms on node-1 and was not told until when"]

    it("hears until when, once one cools", () => {
      const one = cooling()
      one.end("old")
      one.later(31_000)
      expect(one.wrongs()).toEqual(dark)
      one.say(`${full}, the next is free in 29 s`)
      expect(one.wrongs()).toEqual([])
    })

    it("need not hear it once it waits for something else", () => {
      const one = cooling()
      one.say("failed to allocate branch ENI to pod: UnauthorizedOperation")
      one.end("old")
      one.later(31_000)
      expect(one.wrongs()).toEqual([])
    })

    it("need not hear it where none cools, one has just begun to, that was before, or it was another node's", () => {
      const none = cooling()
      none.later(31_000)
      expect(none.wrongs()).toEqual([])
      const late = cooling()
      late.end("old")
      late.later(30_000)
      expect(late.wrongs()).toEqual([])
      const before = waiting()
      before.pod("old", { details: naming("b", 2), living: false, endedAt: before.book.now() })
      before.say(full)
      before.later(32_000)
      expect(before.wrongs()).toEqual([])
      const other = cooling()
      other.pod("old", { instanceId: instance("2"), living: false, endedAt: other.book.now() })
      other.later(31_000)
      expect(other.wrongs()).toEqual([])
      const bare = cooling()
      bare.pod("old", { details: undefined, living: false, endedAt: bare.book.now() })
      bare.later(31_000)
      expect(bare.wrongs()).toEqual([])
    })
  })

  it("what others tell it, or is told of others, is no word of the controller's about it", () => {
    const { later, oracle, wrongs, ...one } = waiting()
    told(oracle, { later, ...one } as never, "uid-web", "BranchAllocationFailed", "why", "kubelet")
    told(oracle, { later, ...one } as never, "uid-other", "BranchAllocationFailed", "why")
    one.written(oracle, nodeChange(undefined, { metadata: { name: "node-1" }, involvedObject: { uid: "uid-web" }, reason: "BranchAllocationFailed", source: { component: eventComponent } }))
    later(long)
    expect(wrongs()).toHaveLength(1)
  })
})

describe("a pod whose trunk is gone", () => {
  const stranded = (sweeps = true) => {
    const one = scene()
    const oracle = strandedTold(sweeps)
    one.branch("a", 1)
    one.pod("web", { details: naming("a", 1) })
    one.loose("a")
    return { ...one, oracle, wrongs: () => one.calm(oracle) }
  }
  const wrong = ["default/web's eni-a hangs on nothing, and it was not told"]

  it("is told", () => {
    const one = stranded()
    expect(one.wrongs()).toEqual(wrong)
    told(one.oracle, one, "uid-other", "TrunkInterfaceLost")
    told(one.oracle, one, "uid-web", "SecurityGroupRequested")
    expect(one.wrongs()).toEqual(wrong)
    told(one.oracle, one, "uid-web", "TrunkInterfaceLost")
    expect(one.wrongs()).toEqual([])
  })

  it("need not be told where nobody sweeps, its branch is gone or hangs, its node has no trunk or is another instance, or it is over", () => {
    expect(stranded(false).wrongs()).toEqual([])
    const cases: ReadonlyArray<(one: ReturnType<typeof stranded>) => void> = [
      ({ gone }) => gone("a"),
      ({ branch }) => branch("a", 1),
      ({ launch }) => launch("1", undefined),
      ({ launch, rename }) => {
        launch("2", "t2")
        rename("node-1", "2")
      },
      ({ end }) => void end("web"),
      ({ pod }) => void pod("web", { details: undefined })
    ]
    for (const bring of cases) {
      const one = stranded()
      bring(one)
      expect(one.wrongs()).toEqual([])
    }
  })
})

describe("a release that fails", () => {
  const parameters = { NetworkInterfaceId: eni("a") }
  const failing = () => {
    const one = scene()
    const oracle = releasesTold()
    one.pod("web", { details: naming("a", 1) })
    one.end("web")
    const fail = (after: number, code = "InvalidNetworkInterface.InUse", action = "DeleteNetworkInterface") => {
      one.later(after)
      one.refused(oracle, action, parameters, code)
    }
    return { ...one, oracle, fail, wrongs: () => one.calm(oracle) }
  }
  const wrong = ["eni-a of node-1 could not be deleted, and nobody was told"]

  it("of an instance that EC2 does not show is nobody's to be told of", () => {
    const one = failing()
    one.hideInstance("1")
    one.fail(0)
    one.fail(60_000)
    expect(one.wrongs()).toEqual([])
  })

  it("for long is told the node's people", () => {
    const one = failing()
    one.fail(0)
    one.fail(25_001)
    expect(one.wrongs()).toEqual(wrong)
    told(one.oracle, one, "node-2", "BranchENIReleaseFailed")
    told(one.oracle, one, "node-1", "TrunkENICreationFailed")
    expect(one.wrongs()).toEqual(wrong)
    told(one.oracle, one, "node-1", "BranchENIReleaseFailed")
    expect(one.wrongs()).toEqual([])
  })

  it.each<readonly [string, (one: ReturnType<typeof failing>) => void]>([
    ["for a moment", ({ fail }) => fail(25_000)],
    ["because EC2 throttles, which is no failure", ({ fail }) => fail(25_001, "RequestLimitExceeded")],
    ["because it was done", ({ fail }) => fail(25_001, "InvalidNetworkInterfaceID.NotFound")],
    ["in another call", ({ fail }) => fail(25_001, undefined, "CreateTags")],
    ["for whoever began anew, once", ({ fail, start }) => {
      start()
      fail(25_001)
    }],
    ["beside a second controller", ({ fail, rival }) => {
      rival()
      fail(25_001)
    }],
    ["of an instance that is not the node's any more", ({ fail, launch, rename }) => {
      launch("2", "t2")
      rename("node-1", "2")
      fail(25_001)
    }]
  ])("%s: nobody has to be told", (_, bring) => {
    const one = failing()
    one.fail(0)
    bring(one)
    expect(one.wrongs()).toEqual([])
  })

  it("and is done in the end is no failure afterwards", () => {
    const one = failing()
    one.done(one.oracle, "DeleteNetworkInterface", parameters)
    one.fail(30_000)
    expect(one.wrongs()).toEqual([])
  })
})

describe("that a node fails to get its trunk", () => {
  const alarm = "NodeTrunkFailedInit about node-1: it failed"
  const listening = (showsAtOnce = true) => {
    const one = scene()
    const oracle = noFalseAlarm(showsAtOnce)
    return { ...one, alarmed: (reason = "NodeTrunkFailedInit", subject = "node-1", component?: string) => told(oracle, one, subject, reason, "it failed", component) }
  }

  it("is not told before anything has gone wrong, in any words", () => {
    const { alarmed } = listening()
    expect(alarmed()).toBe(alarm)
    expect(alarmed("TrunkENICreationFailed")).toBe("TrunkENICreationFailed about node-1: it failed")
    expect(alarmed("TrunkENILookupFailed")).toBe("TrunkENILookupFailed about node-1: it failed")
  })

  it("may be told once something has, or where EC2 does not show everything at once", () => {
    const { alarmed, trouble } = listening()
    trouble()
    expect(alarmed()).toBeUndefined()
    expect(listening(false).alarmed()).toBeUndefined()
  })

  it("may be told of a node whose instance is gone, or that there is not", () => {
    const { alarmed, forget, terminate } = listening()
    expect(alarmed("NodeTrunkFailedInit", "node-2")).toBeUndefined()
    terminate("1")
    expect(alarmed()).toBeUndefined()
    forget("node-1")
    expect(alarmed()).toBeUndefined()
  })

  it("is no other news, and nobody else's", () => {
    const { alarmed } = listening()
    expect(alarmed("NodeTrunkInitiated")).toBeUndefined()
    expect(alarmed("NodeTrunkFailedInit", "node-1", "kubelet")).toBeUndefined()
  })
})

describe("that a pod's trunk is gone", () => {
  const listening = () => {
    const one = scene()
    const oracle = truthfulLoss()
    one.pod("web", { details: naming("a", 1) })
    one.branch("a", 1)
    return { ...one, lost: (reason = "TrunkInterfaceLost", subject = "uid-web") => told(oracle, one, subject, reason) }
  }
  const untrue = "default/web was told so, and eni-a hangs under eni-t1"

  it("is not told while its branch hangs under its node's", () => {
    const { loose, lost } = listening()
    expect(lost()).toBe(untrue)
    loose("a")
    expect(lost()).toBeUndefined()
  })

  it("is told where the branch hangs under another, or the node has none", () => {
    const { branch, launch, lost } = listening()
    launch("1", "t2")
    expect(lost()).toBeUndefined()
    branch("a", 1, "t2")
    expect(lost()).toBe("default/web was told so, and eni-a hangs under eni-t2")
    launch("1", undefined)
    expect(lost()).toBeUndefined()
  })

  it("may be told of nobody, of a pod that has no branch, by a second controller, or in another matter", () => {
    const { lost, pod, rival } = listening()
    pod("new")
    expect([lost("TrunkInterfaceLost", "uid-new"), lost("TrunkInterfaceLost", "uid-none"), lost("BranchAllocationFailed")]).toEqual([undefined, undefined, undefined])
    rival()
    expect(lost()).toBeUndefined()
  })
})
