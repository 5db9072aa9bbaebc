import type { Guard } from "./Guard.js"
import { ending } from "./guards/Ending.js"
import { ledger } from "./guards/Ledger.js"
import { making } from "./guards/Making.js"
import { nodes } from "./guards/Nodes.js"

/** What is known to go wrong with controllers of this kind. */
export const failures: Readonly<Record<number, string>> = {
  1: "a node that becomes unmanaged through a failed read loses no branch",
  2: "names of nodes and pods are reused within the cooldown",
  3: "a delete fails three times and is not forgotten",
  4: "create and associate time out after the effect",
  5: "the annotation's patch lands, and its answer is lost",
  6: "a delete overtakes a create",
  7: "creates in flight count against the capacity",
  8: "what failed for an hour is served within moments of its end",
  9: "at capacity the pod is told why",
  10: "a node's initialisation fails and is tried again",
  11: "EC2 refuses a VLAN id",
  12: "an annotation or a tag holds VLAN 0, 121, 4096 or a text",
  13: "an interface is missing from EC2's list after a restart",
  14: "slow deletes hold up no creates",
  15: "the wait for an attachment gets an empty answer",
  16: "a label with the value false asks",
  17: "the finalizer is held until all is cleaned up",
  18: "two controllers run at once",
  19: "the CNINode is deleted while its node lives",
  20: "a policy is edited while pods start",
  21: "a cooling branch cools its full time although the controller restarts twice",
  22: "the Node object is deleted and registered again while its pods run",
  23: "the trunk is deleted by hand",
  24: "the feature is taken off a node with living pods",
  25: "a token's replay names a deleted interface"
}

/** The guards of the core, each with a scenario that goes red without it. */
export const guards: ReadonlyArray<Guard> = [...making, ...ending, ...ledger, ...nodes]
