import { defaults } from "@branchline/core/controller/Settings"
import * as Kind from "../Kind.js"
import { certain } from "../Setting.js"

const { allocation } = defaults
const minute = 60_000

/** How pods and branches are treated. */
export const pods = {
  cooldown: certain({
    group: "Pods and branches",
    kind: Kind.duration(),
    otherwise: allocation.cooldown,
    file: "branches.cooldown",
    alsoFrom: ["BRANCH_COOLDOWN"],
    means: "How long a branch stays associated after its pod ended; below 30s counts as 30s; the ConfigMap amazon-vpc-cni wins"
  }),
  vlanQuarantine: certain({
    group: "Pods and branches",
    kind: Kind.duration(),
    otherwise: allocation.vlanQuarantine,
    file: "branches.vlanQuarantine",
    alsoFrom: ["VLAN_QUARANTINE"],
    means: "How long a VLAN id that EC2 refused is not tried again"
  }),
  vlanRest: certain({
    group: "Pods and branches",
    kind: Kind.duration(),
    otherwise: allocation.vlanRest,
    file: "branches.vlanRest",
    alsoFrom: ["VLAN_REST"],
    means: "How long a VLAN id rests after its branch was deleted, where there are others"
  }),
  idleReuse: certain({
    group: "Pods and branches",
    kind: Kind.choice(["off", "same-groups", "any-groups"]),
    otherwise: "off",
    file: "branches.idleReuse",
    alsoFrom: ["IDLE_REUSE"],
    means: "Keep a branch for the namespace's next pod instead of deleting it: never, for the same groups, or for any at the price of a call"
  }),
  idleTimeToLive: certain({
    group: "Pods and branches",
    kind: Kind.duration(),
    otherwise: 10 * minute,
    file: "branches.idleTimeToLive",
    alsoFrom: ["IDLE_TIME_TO_LIVE"],
    means: "How long a branch is kept idle"
  }),
  idleCap: certain({
    group: "Pods and branches",
    kind: Kind.whole(0, 152),
    otherwise: 4,
    file: "branches.idleCap",
    alsoFrom: ["IDLE_CAP"],
    means: "How many idle branches a node keeps"
  }),
  idleAddressFloor: certain({
    group: "Pods and branches",
    kind: Kind.whole(0),
    otherwise: defaults.idleAddressFloor,
    file: "branches.idleAddressFloor",
    alsoFrom: ["IDLE_ADDRESS_FLOOR"],
    means: "Idle branches are kept only while their subnet has so many addresses free"
  }),
  unmatched: certain({
    group: "Pods and branches",
    kind: Kind.choice(["node-groups", "wait"]),
    otherwise: defaults.unmatched,
    file: "pods.unmatched",
    alsoFrom: ["UNMATCHED"],
    means: "What becomes of a pod that asks for a branch and matches no policy: it gets the groups of its node, or waits"
  }),
  annotationForm: certain({
    group: "Pods and branches",
    kind: Kind.choice(["eight", "five"]),
    otherwise: defaults.annotationForm,
    file: "pods.annotationForm",
    alsoFrom: ["ANNOTATION_FORM"],
    means: "How many keys the pod's annotation has; five is for VPC CNI plugins of 2022"
  }),
  windowsServed: certain({
    group: "Pods and branches",
    kind: Kind.flag,
    otherwise: defaults.windowsServed,
    file: "pods.windowsServed",
    alsoFrom: ["WINDOWS_SERVED"],
    means: "Somebody else gives Windows pods their addresses, so the webhook asks for them"
  }),
  workers: certain({
    group: "Pods and branches",
    kind: Kind.whole(1, 4_096),
    otherwise: defaults.workers,
    file: "controller.workers",
    alsoFrom: ["WORKERS"],
    means: "How many pods and nodes are worked on at the same time"
  })
}
