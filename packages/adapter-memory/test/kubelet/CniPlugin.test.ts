import { describe, expect, it } from "vitest"
import { Effect, Result } from "effect"
import type { EniId, InstanceId, VlanId } from "@branchline/core/model/Ids"
import { podEni } from "@branchline/core/model/Names"
import * as CniPlugin from "../../src/kubernetes/kubelet/CniPlugin.js"
import { endingOf, type KubeletPod, kubeletPods, outcomeAnnotation, runForAnnotation } from "../../src/kubernetes/kubelet/KubeletPod.js"
import * as Violations from "../../src/kubernetes/kubelet/Violations.js"

const annotation = (change: object = {}) =>
  JSON.stringify([{
    eniId: "eni-09a7a909e06fc4be6",
    ifAddress: "02:b0:01:6c:b5:79",
    privateIp: "192.168.26.162",
    vlanId: 1,
    subnetCidr: "192.168.0.0/19",
    ...change
  }])

const pod = (uid: string, text?: string, spec: object = {}): KubeletPod =>
  Result.getOrThrow(kubeletPods.decode({
    metadata: { name: uid, namespace: "default", uid, resourceVersion: "1", annotations: text === undefined ? {} : { [podEni]: text } },
    spec: { containers: [{ name: "main", resources: { limits: { [podEni]: "1" } } }], ...spec }
  }))

/** A plugin on a node whose trunk carries these branches. */
const nodeWith = (branches: Record<string, number>, ipFamily: "ipv4" | "ipv6" = "ipv4") => {
  const violations = Violations.make()
  const plugin = CniPlugin.make({
    nodeName: "node-1",
    instanceId: "i-0123456789abcdef0" as InstanceId,
    ipFamily,
    ordinaryAddress: Effect.succeed("100.64.0.1"),
    truth: {
      vlanOf: (_, eniId: EniId) => Effect.succeed(branches[eniId] as VlanId | undefined),
      hasTrunk: () => Effect.succeed(true)
    },
    violations
  })
  const add = (one: KubeletPod) => Effect.runSync(plugin.add(one))
  const del = (one: KubeletPod) => Effect.runSync(plugin.del(one))
  const inspect = (podUid: string) => Effect.runSync(plugin.inspect(podUid))
  const forgetResults = () => Effect.runSync(plugin.forgetResults)
  const kinds = () => violations.all.map(({ kind }) => kind)
  return { plugin, add, del, inspect, forgetResults, kinds, branches }
}

const first = { "eni-09a7a909e06fc4be6": 1 }

describe("ADD", () => {
  it("wires the VLAN id with routing table 100 + id and answers the branch's address", () => {
    const node = nodeWith(first)
    expect(node.add(pod("a", annotation()))).toEqual(Result.succeed("192.168.26.162"))
    expect([...node.plugin.links.values()]).toEqual([{ podUid: "a", eniId: "eni-09a7a909e06fc4be6", vlanId: 1, table: 101 }])
    expect(node.kinds()).toEqual([])
  })

  it.each([
    ["no annotation yet", undefined],
    ["no JSON", "eni-1"],
    ["an empty array", "[]"],
    ["an empty MAC", annotation({ ifAddress: "" })],
    ["VLAN 0", annotation({ vlanId: 0 })],
    ["VLAN 4096", annotation({ vlanId: 4096 })],
    ["a VLAN id that is text", annotation({ vlanId: "1" })],
    ["no IPv4 address", annotation({ privateIp: "", ipv6Addr: "2001:db8::1", subnetV6Cidr: "2001:db8::/64" })],
    ["a subnet that does not parse", annotation({ subnetCidr: "192.168.0.0" })]
  ])("refuses %s, and wires nothing", (_, text) => {
    const node = nodeWith(first)
    expect(Result.isFailure(node.add(pod("a", text)))).toBe(true)
    expect(node.plugin.links.size).toBe(0)
  })

  it("reads the VLAN id under the plugin's own spelling too", () => {
    const text = annotation().replace("vlanId", "vlanID")
    expect(Result.isSuccess(nodeWith(first).add(pod("a", text)))).toBe(true)
  })

  it("scans container 0's limits alone, by prefix", () => {
    const resources = { limits: { [podEni]: "1" } }
    const sidecar = { containers: [{ name: "main" }, { name: "sidecar", resources }] }
    const longer = { containers: [{ name: "main", resources: { limits: { [`${podEni}-x`]: "1" } } }] }
    expect(nodeWith(first).add(pod("a", annotation(), sidecar))).toEqual(Result.succeed("100.64.0.1"))
    expect(nodeWith(first).add(pod("a", annotation(), longer))).toEqual(Result.succeed("192.168.26.162"))
  })

  it("in an IPv6 cluster asks for the IPv6 address", () => {
    const text = annotation({ ipv6Addr: "2001:db8::1", subnetV6Cidr: "2001:db8::/64" })
    expect(nodeWith(first, "ipv6").add(pod("a", text))).toEqual(Result.succeed("2001:db8::1"))
    expect(Result.isFailure(nodeWith(first, "ipv6").add(pod("a", annotation())))).toBe(true)
  })
})

describe("violations", () => {
  const second = annotation({ eniId: "eni-0bbbbbbbbbbbbbbbb" })

  it("a VLAN id wired twice at the same time", () => {
    const node = nodeWith({ ...first, "eni-0bbbbbbbbbbbbbbbb": 1 })
    node.add(pod("a", annotation()))
    node.add(pod("b", second))
    expect(node.kinds()).toEqual(["vlan wired twice"])
  })

  it("none when the first pod's DEL came before", () => {
    const node = nodeWith({ ...first, "eni-0bbbbbbbbbbbbbbbb": 1 })
    node.add(pod("a", annotation()))
    node.del(pod("a", annotation()))
    node.del(pod("a", annotation()))
    node.add(pod("b", second))
    expect(node.kinds()).toEqual([])
    expect(node.plugin.links.get(1 as VlanId)?.podUid).toBe("b")
  })

  it("a late DEL that takes down another pod's link", () => {
    const node = nodeWith({ ...first, "eni-0bbbbbbbbbbbbbbbb": 1 })
    node.add(pod("a", annotation()))
    node.add(pod("b", second))
    node.del(pod("a", annotation()))
    expect(node.kinds()).toEqual(["vlan wired twice", "link torn down by a late DEL"])
    expect(node.plugin.links.size).toBe(0)
  })

  it("an annotation whose interface EC2 has elsewhere, or nowhere", () => {
    const node = nodeWith({ "eni-09a7a909e06fc4be6": 2 })
    node.add(pod("a", annotation()))
    node.add(pod("b", annotation({ eniId: "eni-0cccccccccccccccc", vlanId: 3 })))
    expect(node.kinds()).toEqual(["not associated", "not associated"])
  })

  it.each([153, 154, 155])("VLAN %i is one of the kernel's own tables", (vlanId) => {
    const node = nodeWith({ "eni-09a7a909e06fc4be6": vlanId })
    node.add(pod("a", annotation({ vlanId })))
    expect(node.kinds()).toEqual(["kernel routing table"])
  })

  it("a branch that is taken away under its pod", () => {
    const node = nodeWith({ ...first })
    node.add(pod("a", annotation()))
    node.inspect("a")
    expect(node.kinds()).toEqual([])
    delete node.branches["eni-09a7a909e06fc4be6"]
    node.inspect("a")
    expect(node.kinds()).toEqual(["branch taken away"])
  })
})

describe("DEL without its own result", () => {
  it("reads the annotation, so it must still parse", () => {
    const node = nodeWith(first)
    node.add(pod("a", annotation()))
    node.forgetResults()
    node.del(pod("a", "[]"))
    expect(node.plugin.links.size).toBe(1)
    node.del(pod("a", annotation()))
    expect(node.plugin.links.size).toBe(0)
  })
})

describe("how a pod's containers end", () => {
  const jobPod = (annotations: Record<string, string>, command?: ReadonlyArray<string>): KubeletPod => {
    const one = pod("a", undefined, { restartPolicy: "Never", containers: [{ name: "main", ...(command === undefined ? {} : { command }) }] })
    return { ...one, metadata: { ...one.metadata, annotations } }
  }

  it("never by themselves under restartPolicy Always", () => {
    expect(endingOf(pod("a"))).toBeUndefined()
    expect(endingOf({ ...pod("a"), metadata: { ...pod("a").metadata, annotations: { [runForAnnotation]: "3" } } })).toBeUndefined()
  })

  it.each([
    ["sleep is understood", jobPod({}, ["sleep", "30"]), { afterSeconds: 30, phase: "Succeeded" }],
    ["sleep infinity does not end", jobPod({}, ["sleep", "infinity"]), undefined],
    ["any other program takes a while", jobPod({}, ["make", "coffee"]), { afterSeconds: 5, phase: "Succeeded" }],
    ["the annotation overrides", jobPod({ [runForAnnotation]: "7", [outcomeAnnotation]: "Failed" }, ["sleep", "30"]), { afterSeconds: 7, phase: "Failed" }],
    ["an annotation that is no number never ends", jobPod({ [runForAnnotation]: "soon" }), undefined]
  ])("%s", (_, one, ending) => {
    expect(endingOf(one)).toEqual(ending)
  })
})
