import { eventually } from "../../support/Program.js"
import type { Side } from "./Gate.js"
import type { Lane } from "./Lane.js"

/** What the controller is about when it makes a call. */
export type Phase = "start" | "node" | "pod" | "release"

/** A call of one pod's life: the first of its name after the phase began. */
export interface Boundary {
  readonly phase: Phase
  readonly of: "Kubernetes" | "EC2"
  readonly call: string
}

/** A kill at a boundary. */
export interface Case extends Boundary {
  readonly side: Side
}

const quietFor = 1_000

/** The Lease is renewed whenever it is time. */
const isRenewal = (call: string): boolean => call === "patch leases"

/** Notes the calls that the controller makes while something happens, and until it makes no more. */
const callsDuring = async (lane: Lane, phase: Phase, happening: () => Promise<unknown>): Promise<ReadonlyArray<Boundary>> => {
  const sources = ["Kubernetes", "EC2"] as const
  const before = sources.map((of) => lane.gates[of].calls.length)
  await happening()
  const count = () => sources.reduce((sum, of) => sum + lane.gates[of].calls.filter((call) => !isRenewal(call)).length, 0)
  let seen = count()
  let since = Date.now()
  await eventually("the controller makes no more calls", () => {
    if (count() !== seen) {
      seen = count()
      since = Date.now()
    }
    return Date.now() - since >= quietFor ? true : undefined
  })
  return sources.flatMap((of, index) => [...new Set(lane.gates[of].calls.slice(before[index]))].map((call) => ({ phase, of, call })))
}

/** How a pod comes to be served, on a node that comes, too; and how a controller starts with both. */
export const recordService = async (lane: Lane): Promise<ReadonlyArray<Boundary>> => {
  const node = await callsDuring(lane, "node", async () => lane.nodeServes(await lane.addNode()))
  const pod = await callsDuring(lane, "pod", async () => lane.podServed(await lane.createPod(lane.home)))
  await lane.end()
  await lane.forgetLease()
  const start = await callsDuring(lane, "start", async () => {
    await lane.start()
    await lane.known()
  })
  const known = [...start, ...node, ...pod]
  return known.filter((one, index) => !isRenewal(one.call) || known.findIndex(({ call }) => call === one.call) === index)
}

/** How a pod's branch is given back. */
export const recordRelease = async (lane: Lane): Promise<ReadonlyArray<Boundary>> => {
  const release = await callsDuring(lane, "release", async () => {
    await lane.deletePods()
    await lane.allReleased(60_000)
  })
  return release.filter(({ call }) => !isRenewal(call))
}

export const bothSides = (boundaries: ReadonlyArray<Boundary>): ReadonlyArray<Case> =>
  boundaries.flatMap((boundary) => [{ ...boundary, side: "before" as const }, { ...boundary, side: "after" as const }])
