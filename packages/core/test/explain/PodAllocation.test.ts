import { quarantine } from "../../src/allocation/VlanSpace.js"
import type { PodStoryFacts } from "../../src/explain/Facts.js"
import { VlanId } from "../../src/model/Ids.js"
import { pods, type Situation } from "./Situations.js"
import * as S from "./support.js"

const { now, seconds } = S

// One branch is all that the trunk carries, and another pod has it.
const taken = S.serve(S.ready(1), "other", 7, now - 100 * seconds)

const failing = (message: string, extra: Partial<PodStoryFacts> = {}): PodStoryFacts =>
  S.facts({ trunk: S.fail(S.request(S.ready(9)), message), ...extra })

// Every VLAN id but one is set aside, and that one is refused.
const refused = [...Array.from({ length: 152 }).keys()].reduce(
  (trunk, id) => ({ ...trunk, vlans: quarantine(trunk.vlans, VlanId.make(id + 1), now + (200 + id) * seconds) }),
  S.ready(9)
)

const allocation: ReadonlyArray<Situation> = [
  {
    name: "a pod that the controller has not taken up",
    facts: S.facts(),
    cause: { _tag: "NotPickedUp" },
    actor: "controller",
    next: /kube-system\/cp-vpc-resource-controller/
  },
  {
    name: "a branch being created",
    facts: S.facts({ trunk: S.request(S.ready(9), "web-1", now - 2 * seconds) }),
    cause: { _tag: "AllocationRunning", step: "Creating", since: now - 2 * seconds },
    actor: "controller",
    next: /nothing/
  },
  {
    name: "full, with a branch that cools",
    facts: S.facts({ trunk: S.request(S.release(taken, "other", now - 18 * seconds)) }),
    cause: { _tag: "SlotCooling", place: 1, at: now + 42 * seconds },
    actor: "time",
    next: /served then/
  },
  {
    name: "full, second in line for one branch that cools",
    facts: S.facts({ trunk: S.request(S.request(S.release(taken, "other", now - 18 * seconds), "first")) }),
    cause: { _tag: "SlotsTaken", place: 2, room: { cooling: 1 } },
    actor: "person",
    next: /scheduled to another/
  },
  {
    name: "full, and nothing cools",
    facts: S.facts({ trunk: S.request(taken) }),
    cause: { _tag: "SlotsTaken", place: 1, room: { limit: 1, inUse: 1, cooling: 0 } },
    actor: "person",
    next: /delete a pod that has a branch/
  },
  {
    name: "full, and one is being removed",
    facts: S.facts({ trunk: S.request(S.release(S.release(taken, "other", now - 90 * seconds), "other", now)) }),
    cause: { _tag: "SlotLeaving", place: 1 },
    actor: "controller",
    next: /nothing/
  },
  {
    name: "every VLAN id in quarantine",
    facts: S.facts({ trunk: S.request(refused) }),
    cause: { _tag: "VlanIdsQuarantined", at: now + 200 * seconds },
    actor: "time",
    next: /served then/
  },
  {
    name: "its previous branch on the way out",
    facts: S.facts({ trunk: S.request(S.release(S.release(S.serve(S.ready(9), "web-1", 1, 0)), "web-1", now + 60_000)) }),
    cause: { _tag: "PreviousBranch", state: "Disassociating" },
    actor: "controller",
    next: /nothing/
  },
  {
    name: "the subnet full",
    facts: failing("CreateNetworkInterface: InsufficientFreeAddressesInSubnet: no free addresses"),
    cause: { _tag: "AllocationFails", code: "InsufficientFreeAddressesInSubnet", subnetId: S.subnetId },
    actor: "person",
    next: /free addresses in subnet-0123456789abcdef0/
  },
  {
    name: "a group that does not exist",
    facts: failing("CreateNetworkInterface: InvalidGroup.NotFound: The security group 'sg-1' does not exist"),
    cause: { _tag: "AllocationFails", code: "InvalidGroup.NotFound", policies: ["db"] },
    actor: "person",
    next: /group ids of policy db/
  },
  {
    name: "more groups than EC2 accepts",
    facts: failing("CreateNetworkInterface: SecurityGroupsPerInterfaceLimitExceeded: too many"),
    cause: { _tag: "AllocationFails", code: "SecurityGroupsPerInterfaceLimitExceeded" },
    actor: "person",
    next: /fewer groups/
  },
  {
    name: "IAM denies",
    facts: failing("CreateNetworkInterface: UnauthorizedOperation: You are not authorized"),
    cause: { _tag: "AllocationFails", code: "UnauthorizedOperation" },
    actor: "person",
    next: /AmazonEKSVPCResourceController/
  },
  {
    name: "EC2 throttles",
    facts: failing("CreateNetworkInterface: RequestLimitExceeded: slow down"),
    cause: { _tag: "AllocationFails", code: "RequestLimitExceeded", step: "Creating" },
    actor: "controller",
    next: /tried again/
  },
  {
    name: "a failure that is no EC2 answer",
    facts: failing("the sky fell"),
    cause: { _tag: "AllocationFails", code: undefined, message: "the sky fell" },
    actor: "controller",
    next: /tried again/
  }
]

pods("allocation", allocation)
