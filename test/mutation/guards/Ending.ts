import type { Guard } from "../Guard.js"

const threeDeletes = "because the call fails 3 times: it is not forgotten"
const cooled = "a cooling branch cools at least its full time though the controller restarts twice in between"
const leavesNothing = "leaves nothing: everything that its tag names is removed, and then its CNINode let go"

/** How a branch ends, and who gets what it had. */
export const ending: ReadonlyArray<Guard> = [
  {
    id: "a name that comes back is another pod",
    failure: 2,
    scenario: "NamesReused",
    test: "pods of a StatefulSet, again and again, over three nodes",
    edits: [{ file: "controller/Reflector.ts", find: "if (before.metadata.uid !== object.metadata.uid) {", replace: "if (before === object) {" }],
    why: "where the deletion was not seen, the first pod of the name goes on living in the cache"
  },
  {
    id: "an annotation is for one UID and one version",
    failure: 2,
    scenario: "NamesReused",
    test: "a pod that is replaced while its annotation is on its way",
    edits: [{ file: "patch/PodPatch.ts", find: "{ metadata: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations", replace: "{ metadata: { annotations" }],
    why: "the annotation lands on the pod that has the name now"
  },
  {
    id: "what may have been wired cools",
    failure: 2,
    scenario: "NamesReused",
    test: "pods of a StatefulSet, again and again, over three nodes",
    edits: [{ file: "allocation/step/Ending.ts", find: "trunk.branches[slot]!.announced ? cool(trunk, slot, now) : end(trunk, slot, now)", replace: "end(trunk, slot, now)" }],
    why: "the next pod of the name gets a VLAN id while the node still tears the last one's link down"
  },
  {
    id: "what a terminated instance had is removed",
    failure: 2,
    scenario: "NamesReused",
    test: "a spot instance that is replaced under its node's name, once while no controller runs",
    edits: [{ file: "controller/Retirement.ts", find: "  for (const eniId of all) {", replace: "  for (const eniId of all.slice(all.length)) {" }],
    why: "the node's name goes on, and nobody looks after the branches of its last instance"
  },
  {
    id: "a delete that fails is not the end",
    failure: 3,
    scenario: "DeleteFails",
    test: threeDeletes,
    edits: [{
      file: "allocation/step/Failure.ts",
      find: "      return event.kind === \"interface gone\"\n        ? free(trunk, slot, event.now)\n        : stay(trunk, slot, branch, event.message)",
      replace: "      return event.kind === \"interface gone\" || branch.misses >= 2\n        ? free(trunk, slot, event.now)\n        : stay(trunk, slot, { ...branch, misses: branch.misses + 1 }, event.message)"
    }],
    why: "forgotten after three tries, it stays in EC2 until the sweep comes by"
  },
  {
    id: "a disassociation that fails is not the end",
    failure: 3,
    scenario: "DeleteFails",
    test: threeDeletes,
    edits: [{
      file: "allocation/step/Failure.ts",
      find: "        : stay(trunk, slot, branch, event.message)\n    case \"Deleting\":",
      replace: "        : branch.misses >= 2 ? free(trunk, slot, event.now) : stay(trunk, slot, { ...branch, misses: branch.misses + 1 }, event.message)\n    case \"Deleting\":"
    }],
    why: "forgotten after three tries, it stays associated, and its VLAN id goes to the next pod"
  },
  {
    id: "a release that fails for long is told",
    failure: 3,
    scenario: "DeleteFails",
    test: "because the call fails 12 times: it is not forgotten",
    edits: [{ file: "controller/BranchReconciler.ts", find: "needsMending === true || event.now - before.since >= releasePatience", replace: "needsMending === true" }],
    why: "the node has less room than it says, and nobody knows why"
  },
  {
    id: "releases leave room for new pods",
    failure: 14,
    scenario: "SlowDeletes",
    test: "and eighteen branches are to go: a pod that comes then is served at once",
    edits: [{ file: "controller/WorkQueue.ts", find: "const kept = { allocation: 2 * share,", replace: "const kept = { allocation: 0," }],
    why: "every worker waits for a slow delete, and new pods with them"
  },
  {
    id: "interfaces first, finalizer last",
    failure: 17,
    scenario: "Leaks",
    test: leavesNothing,
    edits: [{
      file: "controller/Retirement.ts",
      find: "  parts.ledger.writeOff(all)\n",
      replace: "  parts.ledger.writeOff(all)\n  for (const cniNode of CniNodes.leaving(parts, instanceId)) yield* CniNodes.letGo(parts, cniNode)\n"
    }],
    why: "the CNINode is gone while EC2 still has what it stood for"
  },
  {
    id: "what cannot be removed keeps the finalizer",
    failure: 17,
    scenario: "Leaks",
    test: leavesNothing,
    edits: [{ file: "controller/Retirement.ts", find: ".pipe(Effect.catchReason(\"Ec2Error\", \"NotFound\", () => Effect.void))\n  }", replace: ".pipe(Effect.ignore)\n  }" }],
    why: "a delete that EC2 refuses passes for one that was done"
  },
  {
    id: "what a restart finds cools its full time",
    failure: 21,
    scenario: "Restarts",
    test: cooled,
    edits: [{ file: "allocation/step/Ledger.ts", find: "const cooling: BranchState = { _tag: \"Cooling\", until: now + trunk.settings.cooldown }", replace: "const cooling: BranchState = { _tag: \"Cooling\", until: now }" }],
    why: "a controller that has just started does not know when the pod ended, and takes it for long ago"
  },
  {
    id: "what a restart finds is not deleted at once",
    failure: 21,
    scenario: "Restarts",
    test: cooled,
    edits: [{ file: "allocation/step/Ledger.ts", find: "  return quiet(place(trunk, known(isNamed ? claim.pod : eniId, fieldsLeft, cooling, now)).trunk)", replace: "  const left = place(trunk, known(isNamed ? claim.pod : eniId, fieldsLeft, cooling, now))\n  return end(left.trunk, left.slot, now)" }],
    why: "orphans of a restart pass for leaks"
  }
]
