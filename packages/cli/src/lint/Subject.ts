import type { CompiledPolicy } from "@branchline/core/selection/Policy"
import type { PolicyIndex } from "@branchline/core/selection/PolicyIndex"
import type { Selection } from "@branchline/core/selection/Selection"
import type { Schema } from "effect"
import type { AwsFacts } from "./AwsFacts.js"
import type { Path, Place } from "./Place.js"
import type { Settings } from "./Settings.js"
import type { Metadata, NetworkPolicy, PodSpec, Service } from "./Shapes.js"

/** An object, in a text or in a cluster. */
export interface Item {
  readonly apiVersion: string
  readonly kind: string
  /** Undefined for what lives in no namespace. */
  readonly namespace: string | undefined
  /** Empty where it has none. */
  readonly name: string
  /** Whether an API server has stored it, so that what it says may be a controller's or a webhook's doing. */
  readonly stored: boolean
  readonly role: "settings" | "repeat" | undefined
  readonly document: Schema.JsonObject
  readonly placeOf: (path: Path) => Place
}

export interface Policy extends Item {
  readonly compiled: CompiledPolicy
  readonly groupIds: ReadonlyArray<string>
}

/** What makes pods, or a pod itself. */
export interface Workload extends Item {
  /** Of the pods that it makes. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: PodSpec
  /** `default` where it names none. */
  readonly serviceAccountName: string
  /** Of a pod; undefined where it was not read or is none. */
  readonly phase: string | undefined
  /** Its pods' groups by the policies given, in the workload's own namespace. */
  readonly selection: Selection
  /** Where a field of the pod's own document stands: `["spec", "hostNetwork"]`. */
  readonly inPod: (path: Path) => Place
}

/** An object of which rules read nothing but `metadata`. */
export interface Labelled extends Item {
  readonly metadata: Metadata
}

export interface ServiceItem extends Item {
  readonly annotations: Readonly<Record<string, string>>
  readonly service: Service
}

export interface NetworkPolicyItem extends Item {
  readonly policy: NetworkPolicy
}

export interface ConfigMapItem extends Item {
  readonly data: Readonly<Record<string, string>>
}

/** A setting, and where it is said. */
export interface Told<A> {
  readonly value: A
  readonly place: Place
}

/** How the CNI plugin is set up: by its DaemonSet, and else by the config file. Absent: nobody said. */
export interface Cni {
  /** `1.18.3`. */
  readonly version?: Told<string>
  readonly podEni?: Told<boolean>
  readonly enforcingMode?: Told<"strict" | "standard">
  readonly disableTcpEarlyDemux?: Told<boolean>
  readonly externalSnat?: Told<boolean>
  readonly nodeLocalDns?: Told<boolean>
  readonly ipv6?: Told<boolean>
}

/** Kinds of which it matters whether all that there are have been looked at. */
export type Listed = "pods" | "serviceAccounts" | "eniConfigs"

/** EC2 refused the controller something, as an event tells it. */
export interface Refusal {
  readonly place: Place
  readonly message: string
}

/** Something that could not be taken as what it says to be. */
export interface Trouble {
  readonly rule: "unreadable" | "manifest-shape"
  readonly place: Place
  readonly message: string
  readonly mend: string
}

/** All that rules look at. */
export interface Subject {
  readonly settings: Settings
  readonly items: ReadonlyArray<Item>
  readonly policies: ReadonlyArray<Policy>
  readonly index: PolicyIndex
  /** What makes pods, and pods that nothing given makes. */
  readonly workloads: ReadonlyArray<Workload>
  /** Pods that something given makes. */
  readonly ownedPods: ReadonlyArray<Workload>
  readonly serviceAccounts: ReadonlyArray<Labelled>
  readonly nodes: ReadonlyArray<Labelled>
  readonly eniConfigs: ReadonlyArray<Labelled>
  readonly services: ReadonlyArray<ServiceItem>
  readonly networkPolicies: ReadonlyArray<NetworkPolicyItem>
  readonly configMaps: ReadonlyArray<ConfigMapItem>
  readonly cni: Cni
  readonly aws: AwsFacts
  readonly refusals: ReadonlyArray<Refusal>
  readonly troubles: ReadonlyArray<Trouble>
  /** Whether all that there are of a kind are here, so that what is not here is nowhere. */
  readonly whole: (listed: Listed) => boolean
}
