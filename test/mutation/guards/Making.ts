import type { Guard } from "../Guard.js"

const inFlight = "nine are made, the others are told why they are not, and until when once they may know"

/** How a branch comes to its pod. */
export const making: ReadonlyArray<Guard> = [
  {
    id: "unknown create stays unsettled",
    failure: 4,
    scenario: "LostAnswers",
    test: "createBranch, and the pod is deleted before anybody hears of it",
    edits: [{ file: "allocation/step/Failure.ts", find: "return event.kind === \"unknown\" || state.asked", replace: "return state.asked" }],
    why: "a create whose answer was lost passes for one that was not done, and nobody looks for what it made"
  },
  {
    id: "create is looked for, and has a token",
    failure: 4,
    scenario: "LostAnswers",
    test: "EC2's createBranch, once and repeatedly",
    edits: [
      { file: "allocation/step/Failure.ts", find: "return event.kind === \"unknown\" || state.asked", replace: "return state.asked" },
      { file: "controller/Execute.ts", find: "clientToken: claim\n", replace: "clientToken: `${claim}/${start}`\n" }
    ],
    why: "each alone is enough while the pod lives: what is not looked for is given again for the same token; without both it is made twice"
  },
  {
    id: "association has a token, and may be there already",
    failure: 4,
    scenario: "LostAnswers",
    test: "EC2's associateBranch, once and repeatedly",
    edits: [
      { file: "controller/Execute.ts", find: "clientToken: associationToken(branchId, trunkId, vlanId) })", replace: "clientToken: `${branchId}/${Math.random()}` })" },
      { file: "controller/Execute.ts", find: "        Effect.catchReason(\"Ec2Error\", \"AlreadyAssociated\", () => Effect.succeed(undefined)),\n", replace: "" }
    ],
    why: "each alone is enough: the token gives the same association again, and a refusal says that it is there; without both the pod waits for ever"
  },
  {
    id: "announced from the moment of the patch",
    failure: 5,
    scenario: "LostAnswers",
    test: "patch, and the pod is deleted before anybody hears of it",
    edits: [
      { file: "allocation/step/Step.ts", find: "branch.announced || state._tag === \"Announcing\" || state._tag === \"InUse\"", replace: "branch.announced || state._tag === \"InUse\"" },
      { file: "controller/Controller.ts", find: "        noteAnnouncement(parts, object),\n", replace: "        Effect.void,\n" }
    ],
    why: "the annotation is on the pod and may be wired, but its branch goes without cooling; where the watch tells of the annotation in time that is enough, so both are out"
  },
  {
    id: "an annotation that is there is not written again",
    failure: 5,
    scenario: "LostAnswers",
    test: "the annotation's patch, several times: it is written once, and told once",
    edits: [{ file: "controller/Announce.ts", find: "if (verdict !== undefined) return { event: verdict }", replace: "" }],
    why: "who does not hear that the patch went through writes it again, over whatever is there by then"
  },
  {
    id: "what is asked of a running key is done afterwards",
    failure: 6,
    scenario: "DeleteOvertakesCreate",
    test: "at any moment, and comes back under its name: nothing is left of the first, the second is served",
    edits: [
      { file: "controller/WorkQueue.ts", find: "        entry.again = merge(entry.again, request)\n", replace: "        if (request.priority !== \"release\") entry.again = merge(entry.again, request)\n" },
      { file: "controller/Announce.ts", find: "if (pod === undefined || pod.metadata.uid !== command.pod.uid) return { _tag: \"PodReleased\", key, mayIdle: false, now }", replace: "if (pod === undefined || pod.metadata.uid !== command.pod.uid) return { _tag: \"PodAnnounced\", key, annotation: \"\", now }" }
    ],
    why: "the deletion comes while the create is under way, and is forgotten; who is about to write the annotation sees it too, so both are out"
  },
  {
    id: "an unsettled create is asked for although the pod is gone",
    failure: 6,
    scenario: "LostAnswers",
    test: "createBranch, and the pod is deleted before anybody hears of it",
    edits: [{ file: "allocation/step/Release.ts", find: "return branch.state.settled\n", replace: "return branch.key !== undefined\n" }],
    why: "the pod is gone and its slot free, but what the create made is nobody's"
  },
  {
    id: "what is found for a pod that is gone is released",
    failure: 6,
    scenario: "LostAnswers",
    test: "createBranch, and the pod is deleted before anybody hears of it",
    edits: [{ file: "allocation/step/Outcome.ts", find: ": leave(put(trunk, slot, { ...branch, ...facts }), slot, now)", replace: ": free(trunk, slot, now)" }],
    why: "it is found, and forgotten all the same"
  },
  {
    id: "in flight counts",
    failure: 7,
    scenario: "InFlight",
    test: inFlight,
    edits: [{ file: "allocation/Trunk.ts", find: "branch === undefined || (branch.vlanId", replace: "branch?.interface === undefined || (branch.vlanId" }],
    why: "a branch that counts only once EC2 has answered lets as many creates go out as pods come"
  },
  {
    id: "full is full",
    failure: 7,
    scenario: "InFlight",
    test: inFlight,
    edits: [{ file: "allocation/step/Line.ts", find: "  if (trunk.occupied >= trunk.limit) return \"full\"\n", replace: "" }],
    why: "EC2 is asked for more than the instance type carries"
  },
  {
    id: "cooling counts",
    failure: 7,
    scenario: "TenPods",
    test: "nine run, the tenth waits as Pending with a reason; delete one, and after the cooldown the tenth runs",
    edits: [{ file: "allocation/Trunk.ts", find: "branch === undefined || (branch.vlanId", replace: "branch === undefined || branch.state._tag === \"Cooling\" || (branch.vlanId" }],
    why: "the scheduler's slot is free when the pod is gone, EC2's only after the cooldown"
  },
  {
    id: "backoff ends at a minute",
    failure: 8,
    scenario: "HourOfTrouble",
    test: "pods are served within a minute of its end, each with the branch that was made for it",
    edits: [{ file: "controller/Backoff.ts", find: "{ base: 200, cap: 60_000 }", replace: "{ base: 200, cap: 1_000_000 }" }],
    why: "a backoff that goes on growing lets pods wait a quarter of an hour after the trouble's end"
  },
  {
    id: "an EC2 that does not answer is asked once in five seconds",
    failure: 8,
    scenario: "HourOfTrouble",
    test: "because it is not available: pods are told once, and served within moments of its end",
    edits: [{ file: "controller/pacing/Outage.ts", find: "const between = 5_000\n", replace: "const between = 600_000\n" }],
    why: "who waits until it is worth asking again waits long after the trouble's end"
  },
  {
    id: "what EC2 throttles is asked once in five seconds",
    failure: 8,
    scenario: "HourOfTrouble",
    test: "because it throttles: pods are told once, and served within moments of its end",
    edits: [{ file: "controller/pacing/Bucket.ts", find: "const slowest = 0.2\n", replace: "const slowest = 0.002\n" }],
    why: "a belief that goes on falling is found wrong minutes after the trouble's end"
  },
  {
    id: "who waits is told",
    failure: 9,
    scenario: "InFlight",
    test: inFlight,
    edits: [{ file: "allocation/step/Line.ts", find: "commands: before?.why === why ? [] : [tell(pod, { _tag: \"Waits\", why })]", replace: "commands: []" }],
    why: "the pod is Pending and nobody says why"
  },
  {
    id: "who waits is told until when",
    failure: 9,
    scenario: "InFlight",
    test: inFlight,
    edits: [{ file: "allocation/step/Ending.ts", find: "const waiting = isKnown ? [] : trunk.waiting.filter", replace: "const waiting = isKnown || now > 0 ? [] : trunk.waiting.filter" }],
    why: "the pod knows that all are taken, and not that one cools and when it is free"
  },
  {
    id: "a refused id moves the branch, tags first",
    failure: 11,
    scenario: "VlanRefused",
    test: "ids that EC2 goes on refusing for ten minutes after they came free",
    edits: [
      { file: "allocation/step/Failure.ts", find: "{ ...branch, vlanId }, { _tag: \"Retagging\" }", replace: "{ ...branch, vlanId }, { _tag: \"Associating\" }" },
      { file: "allocation/step/Outcome.ts", find: "const to = isTagged(trunk, branch) ? lastStep(branch) : \"Retagging\"", replace: "const to = lastStep(branch)" }
    ],
    why: "the tags go on naming the refused id, and the next controller believes them; where they were not rewritten before they are afterwards, so both are out"
  },
  {
    id: "a refused id is known as such",
    failure: 11,
    scenario: "VlanRefused",
    test: "ids that EC2 goes on refusing for ten minutes after they came free",
    edits: [{ file: "controller/Execute.ts", find: "return \"vlan refused\"", replace: "return \"failed\"" }],
    why: "the same id is tried until EC2 relents"
  },
  {
    id: "a refused id is set aside",
    failure: 11,
    scenario: "VlanRefused",
    test: "ids that EC2 goes on refusing for ten minutes after they came free",
    edits: [{ file: "allocation/step/Failure.ts", find: "const vlans = quarantine(trunk.vlans, branch.vlanId, event.now + trunk.settings.vlanQuarantine)", replace: "const vlans = { ...trunk.vlans, cursor: 0 }" }],
    why: "an id that is not set aside is tried again as soon as the search comes by, here at once; next-fit alone puts that off until the ids are round"
  },
  {
    id: "groups change only where nothing may have been made",
    failure: 20,
    scenario: "PolicyEdited",
    test: "again and again, while answers are lost and calls refused: each pod has the groups of one version, and was told which",
    edits: [{ file: "allocation/step/Request.ts", find: "return branch.state.settled && !sameGroups(", replace: "return !sameGroups(" }],
    why: "the pod is told the new groups and gets the branch that was made with the old ones"
  },
  {
    id: "an edited policy wakes the pods that wait for it",
    failure: 20,
    scenario: "GroupMissing",
    test: "and is mended after five minutes",
    edits: [{ file: "controller/PolicyWatch.ts", find: "hasten: true", replace: "hasten: false" }],
    why: "a pod that was refused waits out its backoff although what was wrong is mended"
  },
  {
    id: "policies are asked at allocation",
    failure: 20,
    scenario: "PolicyWithdrawn",
    test: "A policy is deleted between admission and allocation, unmatched: wait > while EC2 throttles the create",
    edits: [{ file: "controller/BranchReconciler.ts", find: "parts.settings.unmatched === \"wait\" && isUnmade(branch)", replace: "parts.settings.unmatched === \"wait\" && branch === undefined" }],
    why: "a create that was refused is made after all, with groups that no policy gives any more"
  },
  {
    id: "EC2 is believed when it shows no interface again and again",
    failure: 25,
    scenario: "TokenReplay",
    test: "because somebody deleted what a lost answer had made (the controller restarts: false)",
    edits: [{ file: "allocation/step/Failure.ts", find: "  branch.misses + 1 < believedMisses\n    ? stay(", replace: "  branch.misses >= 0\n    ? stay(" }],
    why: "the token gives a deleted interface for ever, and the pod waits as long"
  },
  {
    id: "a try that is over takes its token with it",
    failure: 25,
    scenario: "TokenReplay",
    test: "because somebody deleted what a lost answer had made (the controller restarts: true)",
    edits: [{ file: "allocation/step/Failure.ts", find: "    attempt: branch.attempt + 1,\n    since: now,", replace: "    since: now," }],
    why: "made anew under the spent token it is the deleted one once more"
  }
]
