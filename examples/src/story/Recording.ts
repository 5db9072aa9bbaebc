import type { Violation } from "@branchline/adapter-memory/kubernetes/kubelet/Violations"
import type { AuditEvent } from "@branchline/adapter-memory/kubernetes/Audit"
import type { Document } from "@branchline/adapter-memory/kubernetes/Document"
import type { Ec2Call } from "@branchline/adapter-memory/ec2/CallLog"
import type { Event } from "@branchline/core/model/Event"
import type { NodeStory } from "@branchline/core/explain/NodeStory"
import type { PodStory } from "@branchline/core/explain/PodStory"
import type { PolicyStory } from "@branchline/core/explain/PolicyStory"

/** Everything that a run left behind. Times are milliseconds since the Unix epoch. */
export interface Recording {
  readonly startedAt: number
  readonly endedAt: number
  readonly pods: ReadonlyArray<Document>
  readonly nodes: ReadonlyArray<Document>
  readonly events: ReadonlyArray<Event>
  readonly audit: ReadonlyArray<AuditEvent>
  readonly calls: ReadonlyArray<Ec2Call>
  readonly podStories: ReadonlyArray<PodStory>
  readonly nodeStories: ReadonlyArray<NodeStory>
  readonly policyStories: ReadonlyArray<PolicyStory>
  readonly violations: ReadonlyArray<Violation>
  /** What nodes and controller noted by the way, `+seconds.millis text`. */
  readonly journal: ReadonlyArray<string>
}
