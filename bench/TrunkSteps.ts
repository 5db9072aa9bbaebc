import * as Trunk from "@branchline/core/allocation/Trunk"
import type { TrunkEvent } from "@branchline/core/allocation/TrunkEvent"
import { step } from "@branchline/core/allocation/TrunkMachine"
import { hex, uidOf } from "./Documents.js"
import type { Measure } from "./Figure.js"
import { distribution } from "./Sampling.js"

type Of<Tag extends TrunkEvent["_tag"]> = Extract<TrunkEvent, { readonly _tag: Tag }>
type Pod = Of<"PodRequested">["pod"]
type Interface = Of<"BranchCreated">["interface"]

/** The largest trunk that an instance type carries today (contract §6). */
const limit = 120
const groups: Of<"PodRequested">["groups"] = ["sg-0123456789abcdef0" as Of<"PodRequested">["groups"][number]]

const podOf = (number: number): Pod => ({
  uid: uidOf(number) as Pod["uid"],
  namespace: "shop",
  name: `web-${number}`
})

const faceOf = (number: number): Interface => ({
  eniId: `eni-${hex(number, 17)}` as Interface["eniId"],
  macAddress: "02:b0:01:6c:b5:79",
  privateIp: "192.168.26.162",
  ipv6Address: ""
})

/** A pod's whole life on the trunk: served, asked for again, told of its end twice, its branch cooled and taken down. */
const lifeOf = (number: number, now: number): ReadonlyArray<TrunkEvent> => {
  const pod = podOf(number)
  const key = pod.uid
  const associationId = `trunk-assoc-${hex(number, 17)}` as Of<"BranchAssociated">["associationId"]
  return [
    { _tag: "PodRequested", pod, groups, fallback: false, subnetId: "subnet-1", now },
    { _tag: "BranchCreated", key, interface: faceOf(number), now },
    { _tag: "BranchPermitted", key, now },
    { _tag: "BranchAssociated", key, associationId, now },
    { _tag: "PodAnnounced", key, annotation: "[{}]", now },
    { _tag: "PodRequested", pod, groups, fallback: false, subnetId: "subnet-1", now },
    { _tag: "PodReleased", key, mayIdle: false, now },
    { _tag: "PodReleased", key, mayIdle: false, now: now + 60_000 },
    { _tag: "BranchDisassociated", key, now: now + 60_000 },
    { _tag: "BranchDeleted", key, now: now + 60_000 }
  ]
}

const served = 5

/** A full trunk, and events that keep it full: each time a pod's life ends, the next one's begins. */
const scenario = (steps: number) => {
  let trunk: Trunk.Trunk = {
    ...Trunk.empty("i-0123456789abcdef0" as Trunk.Trunk["instanceId"], limit),
    trunkId: "eni-0000000000000000a" as NonNullable<Trunk.Trunk["trunkId"]>,
    admitting: true
  }
  for (let number = 0; number < limit; number++) {
    for (const event of lifeOf(number, 0).slice(0, served)) trunk = step(trunk, event).trunk
  }
  const events: Array<TrunkEvent> = []
  for (let number = 0; events.length < steps; number++) {
    events.push(...lifeOf(number, number * 500).slice(served), ...lifeOf(number + limit, number * 500 + 60_000).slice(0, served))
  }
  return { trunk, events }
}

/** Steps per second on a full trunk: the median of seven rounds of so many steps. */
const stepsPerSecond = (steps: number): number => {
  const { trunk, events } = scenario(steps)
  const rates: Array<number> = []
  for (let round = 0; round < 7; round++) {
    let state = trunk
    let refused = 0
    const start = performance.now()
    for (const event of events) {
      const result = step(state, event)
      state = result.trunk
      if (result.refusal !== undefined) refused++
    }
    rates.push(events.length / (performance.now() - start) * 1_000)
    if (refused > 0 || state.occupied !== limit) throw new Error(`${refused} steps were refused, ${state.occupied} of ${limit} places are taken`)
  }
  return distribution(rates).median
}

/** How quickly the trunk machine goes through the lives of pods on a trunk that stays full. */
export const trunk: Measure = {
  name: "trunk",
  title: "steps of the trunk machine",
  run: (say) => {
    say(`a full trunk of ${limit} branches`)
    return [{
      name: `trunk steps, ${limit} branches on the trunk`,
      value: stepsPerSecond(300_000),
      unit: "/s",
      aim: { at: "least", value: 400_000 }
    }]
  }
}
