import { describe, expect, it } from "vitest"
import { Result } from "effect"
import { deployments, type OwnedPod, ownedPods, planOf, type Workload } from "../../src/cluster/WorkloadPlan.js"

const workload = (kind: Workload["kind"], spec: object): Workload => ({
  kind,
  object: Result.getOrThrow(deployments.decode({
    metadata: { name: "web", namespace: "default", uid: "w", resourceVersion: "1" },
    spec: { template: { spec: {} }, ...spec }
  }))
})

const pod = (name: string, phase: string, deleting = false): OwnedPod =>
  Result.getOrThrow(ownedPods.decode({
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      ...(deleting ? { deletionTimestamp: "2022-09-06T08:00:00Z" } : {})
    },
    status: { phase }
  }))

const names = (pods: ReadonlyArray<OwnedPod>) => pods.map(({ metadata }) => metadata.name)

describe("Deployment", () => {
  it("makes up for pods that are missing, leaving or ended", () => {
    const owned = [pod("a", "Running"), pod("b", "Running", true), pod("c", "Failed")]
    expect(planOf(workload("Deployment", { replicas: 3 }), owned)).toEqual({ generate: 2, create: [], remove: [] })
  })

  it("removes pods that wait before pods that run", () => {
    const { remove } = planOf(workload("Deployment", { replicas: 1 }), [pod("a", "Running"), pod("b", "Pending"), pod("c", "Running")])
    expect(names(remove)).toEqual(["b", "a"])
  })

  it("one replica where none is said, none where zero is", () => {
    expect(planOf(workload("Deployment", {}), []).generate).toBe(1)
    expect(planOf(workload("Deployment", { replicas: 0 }), []).generate).toBe(0)
  })
})

describe("StatefulSet", () => {
  it("gives a name again only when the object of that name is gone", () => {
    const set = workload("StatefulSet", { replicas: 3 })
    expect(planOf(set, [pod("web-0", "Running"), pod("web-1", "Running", true)]).create).toEqual(["web-2"])
    expect(planOf(set, [pod("web-0", "Running")]).create).toEqual(["web-1", "web-2"])
  })

  it("deletes surplus ordinals, and pods that have ended so that their names come free", () => {
    const plan = planOf(workload("StatefulSet", { replicas: 1 }), [pod("web-0", "Failed"), pod("web-1", "Running")])
    expect(names(plan.remove)).toEqual(["web-0", "web-1"])
  })
})

describe("Job", () => {
  it("keeps up to parallelism pods active until enough have succeeded", () => {
    const job = workload("Job", { completions: 5, parallelism: 2 })
    expect(planOf(job, []).generate).toBe(2)
    expect(planOf(job, [pod("a", "Succeeded"), pod("b", "Running")]).generate).toBe(1)
    expect(planOf(job, [..."abcd"].map((name) => pod(name, "Succeeded"))).generate).toBe(1)
    expect(planOf(job, [..."abcde"].map((name) => pod(name, "Succeeded"))).generate).toBe(0)
    expect(planOf(job, [pod("a", "Failed"), pod("b", "Running")]).generate).toBe(1)
  })
})
