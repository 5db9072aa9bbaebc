import { expect, it } from "@effect/vitest"
import { nextVlanFree, occupancy, published } from "../../src/allocation/Capacity.js"
import { ec2Calls } from "../../src/allocation/Command.js"
import { quarantine } from "../../src/allocation/VlanSpace.js"
import {
  admitting,
  after,
  discovered,
  idling,
  minute,
  pod,
  ready,
  released,
  requested,
  second,
  served,
  trunkIs,
  vlan
} from "./Fixtures.js"

const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => pod(name)) as [ReturnType<typeof pod>, ReturnType<typeof pod>, ReturnType<typeof pod>, ReturnType<typeof pod>, ReturnType<typeof pod>]

it("room is counted with what is in flight, in use, cooling, idle and leaving", () => {
  const { trunk } = after(
    ready(9, { idle: idling }),
    requested(a),
    ...served(b, 2),
    ...served(c, 3),
    ...served(d, 4),
    ...served(e, 5),
    released(c.uid, second),
    released(d.uid, 0),
    released(d.uid, minute, true),
    released(e.uid, 0),
    released(e.uid, minute)
  )
  expect(occupancy(trunk)).toEqual({
    limit: 9,
    occupied: 5,
    inFlight: 1,
    inUse: 1,
    cooling: 1,
    idle: 1,
    leaving: 1,
    free: 4,
    nextDue: second + minute
  })
})

it("more than the limit leaves no room, and not less than none", () => {
  const { trunk } = after(ready(1), ...[1, 2, 3].map((at) => discovered(at, { vlanId: at, associated: true })))
  expect(occupancy(trunk)).toMatchObject({ occupied: 3, free: 0 })
})

it("the next due is the earliest of those that cool", () => {
  const { trunk } = after(ready(), ...served(a, 1), ...served(b, 2), released(a.uid, 5 * second), released(b.uid, second))
  expect(occupancy(trunk).nextDue).toBe(second + minute)
})

it("the node is said to have its limit, or nothing while no new branch may be made", () => {
  expect([
    published(ready(54)),
    published(after(ready(54), admitting(false)).trunk),
    published(after(ready(54), trunkIs(undefined)).trunk)
  ]).toEqual([54, 0, 0])
})

it("the next VLAN id to come free is the first out of quarantine that nobody holds", () => {
  const trunk = ready()
  const vlans = quarantine(quarantine(trunk.vlans, vlan(1), 100), vlan(2), 200)
  expect(nextVlanFree({ ...trunk, vlans }, 0)).toBe(100)
  const { trunk: held } = after({ ...trunk, vlans }, discovered(1, { vlanId: 1, associated: true }))
  expect(nextVlanFree(held, 0)).toBe(200)
})

it("a plan is priced in EC2 calls: what is told and what is written to the pod costs none", () => {
  expect(ec2Calls(after(ready(), requested(a)).commands)).toBe(1)
  expect(ec2Calls(after(ready(), ...served(a, 1).slice(0, 4)).commands)).toBe(0)
})
