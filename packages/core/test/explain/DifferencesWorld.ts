import type { DifferencesFacts, SeenInstance, SeenInterface, SeenPod } from "../../src/explain/DifferencesFacts.js"
import { publishedLimits } from "../../src/limits/Limits.js"
import type { CNINode } from "../../src/model/CNINode.js"
import type { EniId } from "../../src/model/Ids.js"
import { clusterTag, instanceIdTag, ownerTag, securityGroupsForPodsFeature, trunkEniIdTag, vlanIdTag } from "../../src/model/Names.js"
import * as S from "./support.js"

export const clusterName = "seed"

export const tags = (change: Readonly<Record<string, string | undefined>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({ [ownerTag]: "eks-vpc-resource-controller", [clusterTag(clusterName)]: "owned", [instanceIdTag]: S.instanceId, ...change })
      .flatMap(([key, value]) => value === undefined ? [] : [[key, value]])
  )

/** A branch as EC2 shows it: under the node's trunk, with the VLAN id of its number. */
export const branch = (n: number, change: Partial<SeenInterface> & { readonly tags?: Readonly<Record<string, string>> } = {}): SeenInterface => ({
  eniId: S.eni(n),
  type: "branch",
  status: "in-use",
  groups: S.groups("sg-1"),
  tags: tags({ [vlanIdTag]: String(n), [trunkEniIdTag]: S.trunkId }),
  ...change
})

export const trunk: SeenInterface = { eniId: S.trunkId, type: "trunk", status: "in-use", groups: S.groups("sg-node"), tags: tags() }

export const instance = (change: Partial<SeenInstance> = {}): SeenInstance => ({
  instanceId: S.instanceId,
  instanceType: "m5.large",
  state: "running",
  attachments: [
    { eniId: S.eni(0xfff), type: "interface", status: "attached", deleteOnTermination: true },
    { eniId: S.trunkId, type: "trunk", status: "attached", deleteOnTermination: true }
  ],
  ...change
})

export const cniNode: CNINode = {
  metadata: { name: S.nodeName, uid: "uid-cninode", resourceVersion: "2" },
  spec: { features: [{ name: securityGroupsForPodsFeature, value: null }], tags: { [instanceIdTag]: S.instanceId } }
}

/** A pod that is served: branch and VLAN id are its number. */
export const served = (n: number, change: Partial<SeenPod> & { readonly as?: Parameters<typeof S.pod>[0] } = {}): SeenPod => {
  const { as, ...more } = change
  return { pod: S.pod({ name: `web-${n}`, annotations: S.annotation(n, n), phase: "Running", ...as }), groups: S.groups("sg-1"), waitingSince: undefined, ...more }
}

export const patience = { annotation: 60_000, making: 30_000, cooling: 90_000 }

/** A node with two pods that are served, and nothing wrong. */
export const facts = (change: Partial<DifferencesFacts> = {}): DifferencesFacts => ({
  clusterName,
  pods: [served(1), served(2)],
  nodes: [{ node: S.node(), cniNode }],
  instances: new Map([[S.instanceId, instance()]]),
  interfaces: [trunk, branch(1), branch(2)],
  unclaimedSince: new Map(),
  limits: publishedLimits,
  patience,
  now: S.now,
  ...change
})

export const since = (...entries: ReadonlyArray<readonly [EniId, number]>): ReadonlyMap<EniId, number> => new Map(entries)

