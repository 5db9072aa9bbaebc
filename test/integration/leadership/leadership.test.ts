import { join } from "node:path"
import { Effect, Exit, Fiber, Logger, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as K8sKubernetes from "@branchline/adapter-k8s/kubernetes/K8sKubernetes"
import * as Election from "@branchline/core/leadership/Election"
import type { ElectionOptions } from "@branchline/core/leadership/ElectionSettings"
import { leaderLease } from "@branchline/core/model/Names"
import { Kubernetes } from "@branchline/core/ports/Kubernetes"
import { type ControlPlane, startControlPlane, type User } from "../support/ControlPlane.js"
import { eventually, freePorts, type Program, start } from "../support/Program.js"

// The real client-go is here in a kube-controller-manager that is told to compete for the very Lease of ours.

let plane: ControlPlane
const scope = Effect.runSync(Scope.make())
const managers = new Set<Program>()
beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false, customResources: false })
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  for (const manager of managers) await manager.stop("SIGKILL")
  await plane?.stop()
})

interface Spec {
  readonly holderIdentity: string
  readonly leaseDurationSeconds: number
  readonly acquireTime: string
  readonly renewTime: string
  readonly leaseTransitions: number
}

const specOf = async (): Promise<Spec | undefined> => {
  const text = await plane.kubectl(["get", "lease", leaderLease.name, "--namespace", leaderLease.namespace, "--output", "json", "--ignore-not-found"])
  return text === "" ? undefined : (JSON.parse(text) as { readonly spec: Spec }).spec
}

const lease = async (): Promise<Spec> => eventually("the Lease is there", specOf)

/** The Lease once it is held by somebody who fits. */
const heldBy = (what: string, fits: (holder: string) => boolean, within?: number): Promise<Spec> =>
  eventually(`the Lease is held by ${what}`, async () => {
    const spec = await specOf()
    return spec !== undefined && fits(spec.holderIdentity) ? spec : undefined
  }, within)

/** Waits until the Lease has been renewed so many times by the same holder. */
const renewals = async (count: number): Promise<Spec> => {
  let last = await lease()
  for (let seen = 0; seen < count; seen++) {
    const before = last
    last = await eventually("the Lease is renewed", async () => {
      const spec = await lease()
      return spec.renewTime === before.renewTime ? undefined : spec
    })
    expect(last).toEqual({ ...before, renewTime: last.renewTime })
  }
  return last
}

/** client-go's own election; its identity is its host's name and a UUID. */
const manager = async (leaseSeconds: number): Promise<Program> => {
  const [port = 0] = await freePorts(1)
  const program = start(join(process.env["KUBEBUILDER_ASSETS"] ?? "", "kube-controller-manager"), [
    "--kubeconfig", await plane.kubeconfig(), "--bind-address", "127.0.0.1", "--secure-port", String(port),
    "--controllers", "ttl", "--leader-elect=true", "--leader-elect-resource-lock=leases",
    `--leader-elect-resource-name=${leaderLease.name}`, `--leader-elect-resource-namespace=${leaderLease.namespace}`,
    `--leader-elect-lease-duration=${leaseSeconds}s`, `--leader-elect-renew-deadline=${leaseSeconds / 2}s`, `--leader-elect-retry-period=1s`, "--v=4"
  ], { cwd: plane.folder })
  managers.add(program)
  return program
}

const isManager = (holder: string): boolean => /_[0-9a-f]{8}-[0-9a-f]{4}-/.test(holder)

interface Ours {
  readonly state: () => Promise<Election.ElectionState>
  readonly leads: () => Promise<true>
  readonly end: () => Promise<void>
}

const candidate = async (options: Partial<ElectionOptions> & { readonly identity: string }, user?: User): Promise<Ours> => {
  const kubeconfig = await plane.kubeconfig(user)
  const kubernetes = await Effect.runPromise(Scope.provide(K8sKubernetes.make({ access: { kubeconfig } }), scope))
  const election = await Effect.runPromise(Effect.provideService(Election.make(options), Kubernetes, kubernetes))
  const leading = Effect.runFork(election.lead(() => Effect.void).pipe(Effect.provideService(Logger.CurrentLoggers, new Set())))
  const state = () => Effect.runPromise(election.state)
  return {
    state,
    leads: () => eventually(`${options.identity} leads`, async () => (await state()).leading ? true : undefined),
    end: () => Effect.runPromise(Effect.asVoid(Fiber.interrupt(leading)))
  }
}

const short = { leaseDuration: "6 seconds", renewDeadline: "3 seconds", retryPeriod: "1 second" } as const
/** A Lease that nobody would wait out. */
const long = { leaseDuration: "120 seconds", renewDeadline: "60 seconds", retryPeriod: "1 second" } as const

describe("competing with client-go for one Lease on the real API server", () => {
  it("client-go holds it and renews it, ours waits; client-go is killed, and ours takes over after the Lease", async () => {
    const theirs = await manager(6)
    const held = await heldBy("client-go", isManager)
    const ours = await candidate({ identity: "ours", ...short })
    await eventually("ours has seen who leads", async () => (await ours.state()).holder === held.holderIdentity ? true : undefined)
    await renewals(4)
    expect(await ours.state()).toMatchObject({ leading: false, holder: held.holderIdentity, terms: 0, problem: undefined })
    await theirs.stop("SIGKILL")
    managers.delete(theirs)
    const last = await lease()
    await ours.leads()
    const taken = await lease()
    expect(taken).toEqual({
      holderIdentity: "ours",
      leaseDurationSeconds: 6,
      leaseTransitions: last.leaseTransitions + 1,
      acquireTime: taken.acquireTime,
      renewTime: expect.any(String)
    })
    // One machine, one clock: here the times can be compared.
    expect(Date.parse(taken.acquireTime) - Date.parse(last.renewTime), "not before the Lease was over").toBeGreaterThanOrEqual(6_000)
    // The same form, to the digit.
    for (const time of [last.renewTime, taken.acquireTime, taken.renewTime]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    await ours.end()
    expect(await lease()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: taken.leaseTransitions })
  })

  it("ours holds it and renews it, client-go waits; ours gives it back, and client-go takes it long before it would have expired", async () => {
    const ours = await candidate({ identity: "ours", ...long })
    await ours.leads()
    const before = await lease()
    const theirs = await manager(20)
    await eventually("client-go waits", () => theirs.output().includes("Lease is held by and has not yet expired") ? true : undefined)
    await renewals(5)
    expect(await ours.state()).toMatchObject({ leading: true, terms: 1, problem: undefined })
    expect(theirs.output()).not.toContain("Successfully acquired lease")
    const begin = Date.now()
    await ours.end()
    const taken = await heldBy("client-go", isManager, 60_000)
    expect(Date.now() - begin, "ours would have lasted two minutes").toBeLessThan(60_000)
    expect(taken.leaseTransitions).toBe(before.leaseTransitions + 1)
    // And back: ours waits for client-go's to expire, once that is killed.
    const next = await candidate({ identity: "next", ...short })
    await renewals(2)
    expect((await next.state()).leading).toBe(false)
    await theirs.stop("SIGKILL")
    managers.delete(theirs)
    await next.leads()
    expect((await lease()).leaseTransitions).toBe(before.leaseTransitions + 2)
    await next.end()
  })

  it("client-go and two of ours: whoever leads is one at a time, and the others say so too", async () => {
    const a = await candidate({ identity: "a", ...short })
    await a.leads()
    const [b, theirs] = await Promise.all([candidate({ identity: "b", ...short }), manager(6)])
    await renewals(2)
    await a.end()
    const held = await heldBy("another", (holder) => holder === "b" || isManager(holder))
    if (held.holderIdentity === "b") await b.leads()
    await renewals(3)
    expect((await b.state()).leading).toBe(held.holderIdentity === "b")
    expect(theirs.output().includes("Successfully acquired lease")).toBe(isManager(held.holderIdentity))
    await b.end()
    await theirs.stop("SIGKILL")
    managers.delete(theirs)
  })
})

describe("the real authorizer", () => {
  it("that says no: the candidate waits, names the verb, the Lease and the mend, and leads when it is allowed", async () => {
    await plane.kubectl(["delete", "lease", leaderLease.name, "--namespace", leaderLease.namespace, "--ignore-not-found"])
    const ours = await candidate({ identity: "ours", ...short }, { name: "somebody" })
    const told = async () => {
      const { problem } = await ours.state()
      return problem
    }
    await eventually("it says what it may not", async () => /leases.*cannot get.*get and patch on the Lease kube-system\/cp-vpc-resource-controller.*deploy\/base/s.test((await told()) ?? "") ? true : undefined)
    await plane.kubectl(["create", "role", "elect", "--namespace", "kube-system", "--verb=get,patch", "--resource=leases", `--resource-name=${leaderLease.name}`])
    await plane.kubectl(["create", "rolebinding", "elect", "--namespace", "kube-system", "--role=elect", "--user=somebody"])
    await eventually("it says what it still may not", async () => /cannot create.*create on leases in kube-system/s.test((await told()) ?? "") ? true : undefined)
    await plane.kubectl(["create", "role", "make", "--namespace", "kube-system", "--verb=create", "--resource=leases"])
    await plane.kubectl(["create", "rolebinding", "make", "--namespace", "kube-system", "--role=make", "--user=somebody"])
    await ours.leads()
    expect(await ours.state()).toMatchObject({ holder: "ours", problem: undefined })
    await ours.end()
  })
})
