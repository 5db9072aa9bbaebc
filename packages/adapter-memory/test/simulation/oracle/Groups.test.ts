import { describe, expect, it } from "vitest"
import type { Document } from "../../../src/kubernetes/Document.js"
import { rightGroups } from "../../../src/simulation/oracle/Groups.js"
import { accountChange, eni, group, naming, policyChange, scene } from "./Scene.js"

const patience = 60_000

const policy = (name: string, groups: ReadonlyArray<string>, selector: Document = { podSelector: { matchLabels: { app: "web" } } }): Document => ({
  apiVersion: "vpcresources.k8s.aws/v1beta1",
  kind: "SecurityGroupPolicy",
  metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1" },
  spec: { ...selector, securityGroups: { groupIds: groups.map(group) } }
})

const guarded = { serviceAccountSelector: { matchLabels: { tier: "guarded" } } }
const account = (name: string, tier: string): Document => ({ metadata: { name, namespace: "default", labels: { tier } } })

/** A policy gives pods of `web` the group `sg-web`, which `eni-a` has; an hour later `web` is bound. */
const ready = () => {
  const one = scene()
  const oracle = rightGroups(patience)
  const write = (before: Document | undefined, after: Document | undefined) => one.written(oracle, policyChange(before, after))
  const label = (before: Document | undefined, after: Document | undefined) => one.written(oracle, accountChange(before, after))
  const has = (...groups: ReadonlyArray<string>) => void one.put("a", { type: "branch", groups: groups.map(group) })
  write(undefined, policy("web", ["web"]))
  has("web")
  one.later(3_600_000)
  one.pod("web")
  return { ...one, write, label, has, announce: () => one.told(oracle, "web", { details: naming("a", 1) }), oracle }
}

describe("the groups of a branch", () => {
  it("are those that the policy gives", () => {
    const { announce } = ready()
    expect(announce()).toBeUndefined()
  })

  it("others, fewer or more are told, with what would be right", () => {
    for (const groups of [["other"], [], ["web", "other"]]) {
      const { announce, has } = ready()
      has(...groups)
      expect(announce()).toBe(`default/web: eni-a has [${groups.map((one) => `sg-${one}`).sort().join(" ")}], its policies gave it [sg-web]`)
    }
  })

  it("have no order", () => {
    const { announce, has, later, write } = ready()
    write(policy("web", ["web"]), policy("web", ["b", "a"]))
    later(patience + 1)
    has("a", "b")
    expect(announce()).toBeUndefined()
  })

  it("are those of all policies that select the pod", () => {
    const { announce, has, write } = ready()
    write(undefined, policy("more", ["more"]))
    write(undefined, policy("api", ["api"], { podSelector: { matchLabels: { app: "api" } } }))
    has("more", "web")
    expect(announce()).toBeUndefined()
  })

  it("are the node's where no policy selects the pod", () => {
    const { announce, has, pod } = ready()
    pod("web", { document: { metadata: { namespace: "default", labels: { app: "api" } } } })
    expect(announce()).toBe("default/web: eni-a has [sg-web], its policies gave it [sg-node]")
    pod("web", { details: undefined })
    has("node")
    expect(announce()).toBeUndefined()
  })

  it("are none where no policy selects the pod and nothing is known of a node's", () => {
    const { announce, pod } = ready()
    pod("web", { document: { metadata: { namespace: "default", labels: {} } }, instanceId: undefined })
    expect(announce()).toBe("default/web: eni-a has [sg-web], its policies gave it []")
  })

  it("are the primary interface's, whatever else hangs on the node", () => {
    const { announce, has, launch, pod, put } = ready()
    put("other", { groups: [group("other")] })
    const primary = { eniId: eni("p1"), attachmentId: "eni-attach-p1", type: "interface", deviceIndex: 0, networkCard: 0, deleteOnTermination: true, askedAt: 0, attachedAt: 0 } as const
    launch("1", "t1", { attachments: [{ ...primary, eniId: eni("other"), deviceIndex: 1 }, primary] })
    pod("web", { document: { metadata: { namespace: "default", labels: {} } } })
    has("node")
    expect(announce()).toBeUndefined()
  })

  it("are looked at in the pod's own namespace", () => {
    const { announce, pod } = ready()
    pod("web", { document: { metadata: { namespace: "other", labels: { app: "web" } } } })
    expect(announce()).toContain("its policies gave it [sg-node]")
  })
})

describe("a service account", () => {
  it("whose labels a policy selects by, as they are now", () => {
    const { announce, has, label, write } = ready()
    write(undefined, policy("guarded", ["guarded"], guarded))
    label(undefined, account("default", "guarded"))
    has("guarded", "web")
    expect(announce()).toBeUndefined()
  })

  it("that is not there, or not any more, or is another one's, selects nothing", () => {
    for (const labels of [[], [account("other", "guarded")], [account("default", "open")]]) {
      const { announce, has, label, write } = ready()
      write(undefined, policy("guarded", ["guarded"], guarded))
      for (const one of labels) label(undefined, one)
      has("guarded", "web")
      expect(announce()).toBe("default/web: eni-a has [sg-guarded sg-web], its policies gave it [sg-web]")
    }
    const { announce, has, label, later, pod, write } = ready()
    write(undefined, policy("guarded", ["guarded"], guarded))
    label(undefined, account("default", "guarded"))
    label(account("default", "guarded"), undefined)
    later(patience + 1)
    pod("web", { boundAt: 2 * 3_600_000 + patience + 1 })
    has("guarded", "web")
    expect(announce()).toBe("default/web: eni-a has [sg-guarded sg-web], its policies gave it [sg-web]")
  })

  it("is the one that the pod names", () => {
    const { announce, has, label, pod, write } = ready()
    write(undefined, policy("guarded", ["guarded"], guarded))
    label(undefined, account("builder", "guarded"))
    pod("web", { document: { metadata: { namespace: "default", labels: { app: "web" } }, spec: { serviceAccountName: "builder" } } })
    has("guarded", "web")
    expect(announce()).toBeUndefined()
  })
})

describe("a policy that changes", () => {
  /** Before and after a change that happens `ago` milliseconds before the pod is bound, or under way where that is negative. */
  const changed = (ago: number, after: Document | undefined) => {
    const one = scene()
    const oracle = rightGroups(patience)
    one.written(oracle, policyChange(undefined, policy("web", ["web"])))
    one.later(3_600_000)
    const write = () => one.written(oracle, policyChange(policy("web", ["web"]), after))
    if (ago >= 0) write()
    one.later(Math.max(0, ago))
    one.pod("web", { boundAt: one.book.now() })
    if (ago < 0) {
      one.later(-ago)
      write()
    }
    return (...groups: ReadonlyArray<string>) => {
      one.put("a", { type: "branch", groups: groups.map(group) })
      one.pod("web", { details: undefined })
      return one.told(oracle, "web", { details: naming("a", 1) })
    }
  }

  it("while the pod starts: what it gave before and what it gives now are right, a mixture is not", () => {
    const announce = changed(-5_000, policy("web", ["new"]))
    expect([announce("web"), announce("new")]).toEqual([undefined, undefined])
    expect(announce("new", "web")).toBe("default/web: eni-a has [sg-new sg-web], its policies gave it [sg-web] or [sg-new]")
  })

  it("before the pod was bound: it may be seen late, but not later than the patience", () => {
    const late = changed(patience, policy("web", ["new"]))
    expect([late("web"), late("new")]).toEqual([undefined, undefined])
    const tooLate = changed(patience + 1, policy("web", ["new"]))
    expect(tooLate("new")).toBeUndefined()
    expect(tooLate("web")).toBe("default/web: eni-a has [sg-web], its policies gave it [sg-new]")
  })

  it("while every call is refused, or within the patience before: it is seen when that is over, and for the patience after it need not be", () => {
    const refused = (edited: number, bound: number) => {
      const one = ready()
      one.later(edited)
      one.write(policy("web", ["web"]), policy("web", ["new"]))
      one.later(patience - edited)
      one.outFor(10 * patience)
      one.later(bound)
      one.pod("web", { boundAt: one.book.now() })
      return one.announce()
    }
    const wrong = "default/web: eni-a has [sg-web], its policies gave it [sg-new]"
    expect([refused(0, 10 * patience), refused(0, 11 * patience)]).toEqual([undefined, undefined])
    expect(refused(0, 11 * patience + 1)).toBe(wrong)
  })

  it("that is deleted, or is no policy any more, gives nothing", () => {
    for (const after of [undefined, { ...policy("web", ["web"]), spec: { securityGroups: { groupIds: 7 } } }]) {
      const announce = changed(patience + 1, after)
      expect(announce("node")).toBeUndefined()
      expect(announce("web")).toBe("default/web: eni-a has [sg-web], its policies gave it [sg-node]")
    }
  })
})

describe("a branch's groups are looked at", () => {
  it("when it is announced, and not again", () => {
    const { announce, has, oracle, told, write } = ready()
    announce()
    write(policy("web", ["web"]), policy("web", ["new"]))
    has("old")
    expect(told(oracle, "web", { phase: "Running" })).toBeUndefined()
  })

  it("of a living pod that has one, which is there", () => {
    const other = ready()
    other.has("other")
    expect(other.told(other.oracle, "web")).toBeUndefined()
    other.end("web")
    expect(other.announce()).toBeUndefined()
    const none = ready()
    none.gone("a")
    expect(none.announce()).toBeUndefined()
  })

  it("of a pod whose binding nobody saw: whatever there ever was is right", () => {
    const { announce, has, later, pod, write } = ready()
    write(policy("web", ["web"]), policy("web", ["new"]))
    later(10 * patience)
    pod("web", { boundAt: undefined })
    has("web")
    expect(announce()).toBeUndefined()
  })
})
