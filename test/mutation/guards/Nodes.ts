import type { Guard } from "../Guard.js"

const blindStart = "because EC2 shows no instance for a minute after a restart: it is managed again as soon as it does"
const attach = "gets an empty answer, and one without the trunk: it goes on, and nobody is told of trouble"
const stillBound = "its pods are still bound by name (the old instance lingers: true)"
const byHand = "by hand, with a controller there and with none, under pods that run"

/** A node's trunk, its CNINode, and what becomes of its branches when something happens to it. */
export const nodes: ReadonlyArray<Guard> = [
  {
    id: "a failed list is no empty list",
    failure: 1,
    scenario: "FailedReads",
    test: "because every list, read and describe fails for five minutes: it loses no branch",
    edits: [
      { file: "controller/Reflector.ts", find: "if (listing.failure.reason._tag === \"NotFound\") {", replace: "if (listing.failure.isRetryable) {" },
      { file: "controller/BranchReconciler.ts", find: "Effect.map((found) => !needs(found, branch)),", replace: "Effect.map(() => true)," }
    ],
    why: "every node and pod seems gone; behind that stands the fresh read before anything is destroyed, so both are out"
  },
  {
    id: "a failed read is tried again",
    failure: 1,
    scenario: "FailedReads",
    test: blindStart,
    edits: [{ file: "controller/NodeReconciler.ts", find: "priority: \"upkeep\" } as const : failed\n", replace: "priority: \"upkeep\" } as const : done\n" }],
    why: "the node stays unmanaged until somebody changes it"
  },
  {
    id: "an instance that is not shown is no answer",
    failure: 1,
    scenario: "FailedReads",
    test: blindStart,
    edits: [{ file: "controller/NodeReconciler.ts", find: "if (instance === undefined) return yield* missingInstance(instanceId)", replace: "if (instance === undefined) return done" }],
    why: "the node passes for one that is none of ours"
  },
  {
    id: "a trunk that is not shown is not lost",
    failure: 1,
    scenario: "FailedReads",
    test: "because EC2 shows no instance when the sweep looks: its trunk is not taken for lost",
    edits: [{ file: "controller/Sweep.ts", find: "if (instance === undefined || instance.state !== \"running\" || trunkAttachment(instance) !== undefined || mayLag(member, now)) continue", replace: "if (instance !== undefined && trunkAttachment(instance) !== undefined) continue" }],
    why: "the node is withdrawn, and its pods are told that they are cut off"
  },
  {
    id: "a name that is another instance's leaves the old one to its end",
    failure: 2,
    scenario: "NodeChangesHands",
    test: "its pods are gone, and nobody saw the old Node go",
    edits: [{ file: "controller/NodeReconciler.ts", find: "if (before !== undefined && before.instanceId !== instanceId && (node === undefined || instanceId !== undefined)) {", replace: "if (before !== undefined && node === undefined) {" }],
    why: "the old instance passes for one that has a node, and nobody clears up after it"
  },
  {
    id: "another instance's annotation promises nothing",
    failure: 2,
    scenario: "NodeChangesHands",
    test: stillBound,
    edits: [{ file: "controller/Foreign.ts", find: "  if (slotOfInterface(member.trunk, eniId) !== -1) return Effect.succeed(false)\n", replace: "  if (parts.ec2 !== undefined) return Effect.succeed(false)\n" }],
    why: "the node's name is another instance's now, and its pods keep branches that hang on the last one"
  },
  {
    id: "a pod keeps the id that its node has wired",
    failure: 2,
    scenario: "NodeChangesHands",
    test: stillBound,
    edits: [{ file: "allocation/step/Line.ts", find: "const vlanId = wired !== undefined && isAssignable(wired) && !isHeld(trunk, wired) ? wired : freeVlanId(trunk, now)", replace: "const vlanId = freeVlanId(trunk, now)" }],
    why: "the new instance's plugin has wired the pod from the old annotation, and tears that link down under another id"
  },
  {
    id: "another instance's asking is not inherited",
    failure: 2,
    scenario: "NamesReused",
    test: "a spot instance that is replaced under its node's name, once while no controller runs",
    edits: [{ file: "controller/NodeReconciler.ts", find: "last?.spec?.tags?.[instanceIdTag] === instanceId ? last : undefined", replace: "last" }],
    why: "the new instance gets a trunk on the old one's account; its agent finds it and never asks itself"
  },
  {
    id: "a node without trunk is tried again",
    failure: 10,
    scenario: "TrunkRefused",
    test: "because the role may not make it is told which policy to look at",
    edits: [{ file: "controller/NodeReconciler.ts", find: "priority: \"upkeep\" } as const : failed\n", replace: "priority: \"upkeep\" } as const : done\n" }],
    why: "after the role is mended the node stays without trunk"
  },
  {
    id: "a trunk that was made is found",
    failure: 10,
    scenario: "LostAnswers",
    test: "EC2's createTrunk, once and repeatedly",
    edits: [{ file: "controller/TrunkSetup.ts", find: "return trunks.find(({ status }) => status === \"in-use\") ?? trunks[0]", replace: "return trunks.find(({ eniId }) => eniId === undefined)" }],
    why: "each try to initialise the node leaves a trunk behind"
  },
  {
    id: "that a node has its trunk is told by the try that is through with it",
    failure: 10,
    scenario: "AttachWait",
    test: "is over, and what hangs on the trunk cannot be read for a while: that the node has its trunk is told once",
    edits: [{ file: "controller/NodeReconciler.ts", find: "const isNews = member.toldTrunk !== trunkId || (had", replace: "const isNews = had !== trunkId || (had" }],
    why: "the node's people hear that its trunk failed, and never that it is there"
  },
  {
    id: "an answer without the instance is no defect",
    failure: 15,
    scenario: "AttachWait",
    test: attach,
    edits: [{ file: "controller/TrunkSetup.ts", find: "const found = instance?.attachments.find(", replace: "const found = instance!.attachments.find(" }],
    why: "the work on the node dies of an empty answer",
    prevents: "defect"
  },
  {
    id: "the wait for the attachment goes on",
    failure: 15,
    scenario: "AttachWait",
    test: attach,
    edits: [{ file: "controller/TrunkSetup.ts", find: "const looks = 20\n", replace: "const looks = 1\n" }],
    why: "one look that shows nothing passes for a failure, and the node's people are told of one"
  },
  {
    id: "the older label asks by being there",
    failure: 16,
    scenario: "OtherNodes",
    test: "but the older label asks, even with the value false",
    edits: [{ file: "model/NodeTraits.ts", find: "byLabel: hasTrunkAttachedLabel in (node?.metadata.labels ?? {})", replace: "byLabel: node?.metadata.labels?.[hasTrunkAttachedLabel] === \"true\"" }],
    why: "an older node agent asks with false, and waits for ever"
  },
  {
    id: "a CNINode that is being deleted is let go",
    failure: 19,
    scenario: "CniNodeDeleted",
    test: byHand,
    edits: [{ file: "controller/CniNodes.ts", find: "    yield* letGo(parts, current)\n    return undefined\n", replace: "    return undefined\n" }],
    why: "it hangs on its finalizer, and the node has none that counts"
  },
  {
    id: "the next CNINode has the features of the last",
    failure: 19,
    scenario: "CniNodeDeleted",
    test: byHand,
    edits: [{ file: "patch/CNINodePatch.ts", find: "      ...(kept?.features ? { features: kept.features } : {}),\n", replace: "" }],
    why: "the node agent has its trunk and does not ask again"
  },
  {
    id: "between two CNINodes the node still asks",
    failure: 19,
    scenario: "CniNodeDeleted",
    test: byHand,
    edits: [{ file: "controller/NodeReconciler.ts", find: "const cniNode = stays ? present : inherited(present ?? parts.nodeMemory.lastCniNode(name), instanceId)", replace: "const cniNode = stays ? present : undefined" }],
    why: "for a moment the node has no capacity"
  },
  {
    id: "the CNINode is owned by the node of today",
    failure: 19,
    scenario: "CniNodeDeleted",
    test: "by the garbage collector, because the Node object was deleted and kubelet registered again",
    edits: [
      { file: "patch/CNINodePatch.ts", find: "      ownerReferences: [ownerReference(facts.node)]\n", replace: "" },
      { file: "patch/CNINodePatch.ts", find: "    ...ownership(current, facts.node),\n", replace: "" }
    ],
    why: "nobody takes it along when the node goes; either of the two writes the owner in the end"
  },
  {
    id: "the trunk tells of a CNINode that nobody saw go",
    failure: 19,
    scenario: "CniNodeDeleted",
    test: "and gone for good while no controller is there: the trunk tells that the node had asked",
    edits: [{ file: "controller/NodeReconciler.ts", find: "    if (!had) return undefined\n", replace: "    if (had || !had) return undefined\n" }],
    why: "the node passes for one that never asked"
  },
  {
    id: "an instance that lives keeps its branches",
    failure: 22,
    scenario: "NodeObjectDeleted",
    test: "after 40 seconds",
    edits: [
      { file: "controller/Retirement.ts", find: "if (instance?.state === \"terminated\") return true", replace: "if (instance !== undefined) return true" },
      { file: "controller/Retirement.ts", find: "  if (now - since < untilServedAnew && hasLeftPods(parts, branches)) return false\n", replace: "" }
    ],
    why: "a Node object that is gone passes for an instance that is"
  },
  {
    id: "a node that is there again is no instance that is gone",
    failure: 22,
    scenario: "FailedReads",
    test: "because EC2 shows no instance, and a node is registered anew meanwhile: it loses no branch",
    edits: [{ file: "controller/Retirement.ts", find: "  if (hasNode(parts, instanceId)) {\n", replace: "  if (!hasNode(parts, instanceId) && hasNode(parts, instanceId)) {\n" }],
    why: "an instance that EC2 does not show for a minute is given up, with what its pods have"
  },
  {
    id: "a replaced instance whose trunk was never known is looked after",
    failure: 2,
    scenario: "NodeChangesHands",
    test: "its pods are gone, nobody saw the old Node go, and the controller had just begun and was not allowed to read instances",
    edits: [{ file: "controller/Controller.ts", find: "if (!isLeft || !parts.ledger.isUntaken(instanceId)) return", replace: "if (isLeft || !isLeft) return" }],
    why: "what it had waits for the sweep"
  },
  {
    id: "what a node's last try made for a replaced instance is found",
    failure: 2,
    scenario: "NodeChangesHands",
    test: "its pods are gone, nobody saw the old Node go, and the controller had just begun and got no answer about instances",
    edits: [
      { file: "controller/Retirement.ts", find: "  if (member?.nodeName !== undefined) return false\n", replace: "" },
      { file: "controller/Retirement.ts", find: "  if (parts.fleet.get(instanceId) !== member || hasMore(known(), branches)) return false\n", replace: "" }
    ],
    why: "a trunk that was made between the look and the end of it waits for the sweep"
  },
  {
    id: "a pod whose node is away keeps its branch",
    failure: 22,
    scenario: "NodeObjectDeleted",
    test: "after 5 minutes",
    edits: [
      { file: "controller/BranchReconciler.ts", find: "    if (needed && holder.nodeName === undefined && home === undefined) continue\n", replace: "" },
      { file: "controller/BranchReconciler.ts", find: "Effect.map((found) => !needs(found, branch)),", replace: "Effect.map(() => true)," },
      { file: "controller/BranchReconciler.ts", find: "const held = yield* Effect.result(promised(parts, command.pod, command.eniId))", replace: "const held = yield* Effect.result(Effect.succeed(undefined))" }
    ],
    why: "who has no node needs no branch; behind that stand two fresh reads, at the end of the cooldown and before each call that destroys, so all three are out"
  },
  {
    id: "a capacity that kubelet forgot is written again",
    failure: 22,
    scenario: "NodeObjectDeleted",
    test: "or kubelet only starts again: it forgets the capacity, which is patched again",
    edits: [{ file: "controller/NodeReconciler.ts", find: "    yield* publish(parts, node, known)\n", replace: "" }],
    why: "the node offers nothing although all is there"
  },
  {
    id: "a trunk that EC2 does not know is lost",
    failure: 23,
    scenario: "TrunkDeleted",
    test: "and the next pod's association finds it gone",
    edits: [{ file: "allocation/step/Failure.ts", find: ": trunkChanged(next, { _tag: \"TrunkChanged\", trunkId: undefined, now: event.now })", replace: ": quiet(next)" }],
    why: "every new pod of the node is associated with nothing, for ever"
  },
  {
    id: "the sweep sees that a trunk is gone",
    failure: 23,
    scenario: "TrunkDeleted",
    test: "and the sweep finds it gone",
    edits: [{ file: "controller/Sweep.ts", find: "      yield* applyAndDispatch(parts, member, { _tag: \"TrunkChanged\", trunkId: undefined, now })\n", replace: "" }],
    why: "nobody knows before the next pod comes"
  },
  {
    id: "a restart sees that a trunk was lost",
    failure: 23,
    scenario: "TrunkDeleted",
    test: "while no controller runs",
    edits: [{ file: "allocation/step/Ledger.ts", find: "const isLost = !event.associated &&", replace: "const isLost = event.eniId !== undefined && !event.associated &&" }],
    why: "the pods that hang on it are never told"
  },
  {
    id: "a stranded pod keeps its VLAN id",
    failure: 23,
    scenario: "TrunkDeleted",
    test: "and the VLAN ids of the pods on it are nobody else's while these live, once round all ids",
    edits: [{ file: "allocation/Trunk.ts", find: "if (branches[vlanId] !== undefined) return true", replace: "if (branches[vlanId]?.severed === false) return true" }],
    why: "its link is on the node still, and another pod is wired under the same id"
  },
  {
    id: "who asks no more has no capacity",
    failure: 24,
    scenario: "FeatureTakenOff",
    test: "and comes back after ten minutes",
    edits: [{ file: "allocation/Capacity.ts", find: "(trunk.admitting && trunk.trunkId !== undefined ? trunk.limit : 0)", replace: "(trunk.trunkId !== undefined ? trunk.limit : 0)" }],
    why: "the scheduler goes on sending pods there"
  },
  {
    id: "who asks no more gets no branch",
    failure: 24,
    scenario: "FeatureTakenOff",
    test: "and comes back after ten minutes",
    edits: [{ file: "allocation/step/Line.ts", find: "  if (!trunk.admitting) return \"not admitting\"\n", replace: "" }],
    why: "a pod that was bound past the scheduler is served"
  },
  {
    id: "who asks no more is managed to the end",
    failure: 24,
    scenario: "FeatureTakenOff",
    test: "and comes back after ten minutes",
    edits: [{ file: "controller/NodeReconciler.ts", find: "if (!asked && known === undefined && !(yield* parts.ledger.holds(instanceId))) return done", replace: "if (!asked) return done" }],
    why: "the node keeps the capacity that it had"
  },
  {
    id: "EC2 remembers what a node had",
    failure: 24,
    scenario: "FeatureTakenOff",
    test: "and the controller restarts meanwhile",
    edits: [{ file: "controller/NodeReconciler.ts", find: "if (!asked && known === undefined && !(yield* parts.ledger.holds(instanceId))) return done", replace: "if (!asked && known === undefined) return done" }],
    why: "a controller that starts afterwards takes the node for none of ours, and nobody looks after its pods"
  }
]
