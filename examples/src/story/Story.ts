import type { Schema } from "effect"
import { listAt, nameOf, objectAt, textAt } from "@branchline/adapter-memory/kubernetes/Document"
import type { AnnotationForm } from "@branchline/core/model/BranchAnnotation"
import type { Manifest } from "./manifests/Manifest.js"

/** What is to be played. Times are milliseconds of virtual time. */
export interface Story {
  readonly title: string
  readonly manifests: ReadonlyArray<Manifest>
  readonly seed: string
  readonly nodes: number
  readonly instanceType: string
  /** The controller's own cooldown; a ConfigMap among the manifests wins over it. */
  readonly cooldown: number
  /** How long to watch after the last manifest; undefined: until every pod runs or is over, three minutes at most. */
  readonly watch: number | undefined
  /** Security groups that EC2 does not know although somebody names them. */
  readonly missingGroups: ReadonlySet<string>
  readonly annotationForm: AnnotationForm
  /** Pods to delete once all is quiet, `namespace/name` or a name in `default`. */
  readonly deletions: ReadonlyArray<string>
}

const texts = (values: ReadonlyArray<Schema.Json>): ReadonlyArray<string> => values.filter((value) => typeof value === "string")

/** A security group's id. Source: EC2's resource ids; anything else EC2 never gave to a group. */
const groupId = /^sg-[0-9a-f]{8,17}$/

/** The groups that policies and ENIConfigs name and EC2 is to know. */
export const securityGroups = ({ manifests, missingGroups }: Pick<Story, "manifests" | "missingGroups">): ReadonlyArray<string> => {
  const named = manifests.flatMap(({ document, kind }) =>
    kind.kind === "SecurityGroupPolicy"
      ? texts(listAt(document, "spec", "securityGroups", "groupIds"))
      : kind.kind === "ENIConfig" ? texts(listAt(document, "spec", "securityGroups")) : []
  )
  return [...new Set(named)].filter((id) => groupId.test(id) && !missingGroups.has(id))
}

/** Where the nodes are: the subnet and zone of the seed's record. */
export const nodeSubnet = { cidr: "192.168.0.0/19", zone: "eu-west-1a" } as const

const eniConfigs = ({ manifests }: Pick<Story, "manifests">) => manifests.filter(({ kind }) => kind.kind === "ENIConfig")

/** The subnets that ENIConfigs name, each with addresses of its own in the nodes' zone. */
export const otherSubnets = (story: Pick<Story, "manifests">) => {
  const named = eniConfigs(story).flatMap(({ document }) => textAt(document, "spec", "subnet") ?? [])
  return [...new Set(named)].map((subnetId, index) => ({
    subnetId,
    // The rest of 192.168.0.0/16 first.
    cidr: index < 7 ? `192.168.${32 * (index + 1)}.0/19` : `10.${index}.0.0/16`,
    zone: nodeSubnet.zone
  }))
}

/** The ENIConfig of the nodes: the one that is named after their zone, as the CNI plugin's own convention has it, else the first. */
export const nodeEniConfig = (story: Pick<Story, "manifests">): string | undefined => {
  const names = eniConfigs(story).map(({ document }) => nameOf(document))
  return names.find((name) => name === nodeSubnet.zone) ?? names[0]
}

const number = (value: Schema.Json | undefined, otherwise: number): number => typeof value === "number" ? value : otherwise

/** How many pods the manifests ask for at once. */
export const expectedPods = ({ manifests }: Pick<Story, "manifests">): number =>
  manifests.reduce((sum, { document, kind }) => {
    const spec = objectAt(document, "spec")
    switch (kind.kind) {
      case "Pod":
        return sum + 1
      case "Deployment":
      case "StatefulSet":
        return sum + number(spec["replicas"], 1)
      case "Job":
        return sum + Math.min(number(spec["completions"], 1), number(spec["parallelism"], 1))
      default:
        return sum
    }
  }, 0)
