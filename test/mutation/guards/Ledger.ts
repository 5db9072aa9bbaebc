import type { Guard } from "../Guard.js"

const underOtherIds = "the branches of pods that wait, under other VLAN ids than they would get now: each gets its own"

/** What is believed of annotations, tags and lists. */
export const ledger: ReadonlyArray<Guard> = [
  {
    id: "VLAN ids end at 4094",
    failure: 12,
    scenario: "BadAnnotation",
    test: "from the pod's creation: it is served, and what cannot be read replaced",
    edits: [{ file: "model/Ids.ts", find: "maximum: 4094", replace: "maximum: 4096" }],
    why: "an annotation that the plugin refuses is believed, and the pod never served"
  },
  {
    id: "VLAN ids begin at 1",
    failure: 12,
    scenario: "BadAnnotation",
    test: "from the pod's creation: it is served, and what cannot be read replaced",
    edits: [{ file: "model/Ids.ts", find: "minimum: 1,", replace: "minimum: 0," }],
    why: "an annotation that the plugin refuses is believed, and the pod never served"
  },
  {
    id: "a spoilt annotation is mended",
    failure: 12,
    scenario: "BadAnnotation",
    test: "over the good one of a pod that runs: it is written again as it was",
    edits: [{ file: "controller/BranchReconciler.ts", find: "const broken = branch?.state._tag === \"InUse\" ? brokenFrom(pod, branch) : undefined", replace: "const broken = undefined" }],
    why: "the pod runs until its sandbox has to be made again"
  },
  {
    id: "whoever has a branch's address has the branch",
    failure: 12,
    scenario: "IdleReuse",
    test: "keeps a branch at its pod although somebody writes over the annotation while no controller is there",
    edits: [{ file: "controller/Ledger.ts", find: "    if (pod !== undefined) return identityOf(pod)\n", replace: "" }],
    why: "a branch that lay idle is taken from the pod that has it, because its tag names the pod before"
  },
  {
    id: "a tag beyond the space stands in no slot",
    failure: 12,
    scenario: "BadTags",
    test: "on branches that were made for pods and no more: the pods are served, each under an id that can be used",
    edits: [{ file: "allocation/VlanSpace.ts", find: "vlanId >= firstVlanId && vlanId <= lastVlanId", replace: "vlanId >= firstVlanId" }],
    why: "a pod gets VLAN 4096, because a tag says so"
  },
  {
    id: "a tag of 0 stands in no slot",
    failure: 12,
    scenario: "BadTags",
    test: "on branches that nobody needs any more: they cool, and are removed",
    edits: [{ file: "allocation/VlanSpace.ts", find: "vlanId >= firstVlanId && vlanId <= lastVlanId", replace: "vlanId <= lastVlanId" }],
    why: "nobody looks into slot 0: what stands there counts for ever and is never removed"
  },
  {
    id: "an annotation counts although EC2's list lacks its interface",
    failure: 13,
    scenario: "MissingFromList",
    test: "the branch of a pod that runs: it is kept, and nobody gets its VLAN id",
    edits: [{ file: "controller/Ledger.ts", find: "    if (details === undefined) return []\n", replace: "    if (details === undefined || interfaces.every(({ eniId }) => eniId !== details.eniId)) return []\n" }],
    why: "the first pod that waits gets the VLAN id of one that runs"
  },
  {
    id: "what EC2 does not show yet it gives again",
    failure: 13,
    scenario: "MissingFromList",
    test: "the branch of a pod that waits: it is not made twice",
    edits: [{ file: "controller/Execute.ts", find: "clientToken: claim\n", replace: "clientToken: `${claim}/${start}`\n" }],
    why: "what the last controller made is not in the list, and is made once more"
  },
  {
    id: "what a spent token made is waited for",
    failure: 13,
    scenario: "MissingFromList",
    test: underOtherIds,
    edits: [{ file: "allocation/step/Outcome.ts", find: "  if (spentAt !== undefined && event.now - spentAt < untilShown) return quiet(trunk)\n", replace: "" }],
    why: "each pod gets a second branch, under an id that the first of another one may have"
  },
  {
    id: "who waits for its own makes room for another's",
    failure: 13,
    scenario: "MissingFromList",
    test: underOtherIds,
    edits: [{ file: "allocation/step/Outcome.ts", find: "if (vlanId === undefined || !isOpen || ", replace: "if (vlanId === undefined || isOpen || !isOpen || " }],
    why: "each pod waits for an id that another one holds, and gives up what was made for it after half a minute"
  },
  {
    id: "the first annotation stays",
    failure: 18,
    scenario: "TwoControllers",
    test: "and each has made a branch for the same pod: the first annotation stays",
    edits: [{ file: "controller/Announce.ts", find: "if (!(yield* isForeign(parts, member, details.eniId))) return {", replace: "if (member === undefined) return {" }],
    why: "the other's annotation, which the plugin has read, is overwritten"
  },
  {
    id: "strays of another controller are found",
    failure: 18,
    scenario: "TwoControllers",
    test: "and one of them dies in the middle of serving",
    edits: [{ file: "controller/Sweep.ts", find: "const astray = yield* sweepStrays(parts, all, suspects)", replace: "const astray: ReadonlyArray<NetworkInterface> = []" }],
    why: "what the other had associated and not announced hangs on the trunk for ever"
  },
  {
    id: "what the other announced is in use here",
    failure: 18,
    scenario: "TwoControllers",
    test: "and the second is stuck in a call that fails in the end",
    edits: [{ file: "controller/Controller.ts", find: "        noteAnnouncement(parts, object),\n", replace: "        Effect.void,\n" }],
    why: "its pod ends, and what was never announced from here goes without cooling"
  },
  {
    id: "associated already may mean under another id",
    failure: 18,
    scenario: "TwoControllers",
    test: "and the first dies with a branch associated under an id that is another pod's at the second",
    edits: [{ file: "controller/Execute.ts", find: "const isElsewhere = associationId === undefined &&", replace: "const isElsewhere = associationId === null &&" }],
    why: "the annotation names an id under which EC2 has nothing"
  },
  {
    id: "the other is given time, and then asked what it promised",
    failure: 18,
    scenario: "TwoControllers",
    test: "over pods that come and go, and the second ends",
    edits: [
      { file: "allocation/step/Failure.ts", find: "export const patience = 30_000", replace: "export const patience = 0" },
      { file: "controller/BranchReconciler.ts", find: "const held = yield* Effect.result(promised(parts, command.pod, command.eniId))", replace: "const held = yield* Effect.result(Effect.succeed(undefined))" }
    ],
    why: "a branch that the other has just announced is deleted under its pod; each alone is enough here"
  }
]
