import { CNINode } from "@branchline/core/model/CNINode"
import { ConfigMap } from "@branchline/core/model/ConfigMap"
import { ENIConfig } from "@branchline/core/model/ENIConfig"
import { Event } from "@branchline/core/model/Event"
import { field, metadataFields, namespacedFields, OwnerReference, StringMap } from "@branchline/core/model/Fields"
import { LabelSelector } from "@branchline/core/model/LabelSelector"
import { Lease } from "@branchline/core/model/Lease"
import { Node } from "@branchline/core/model/Node"
import { Container, Pod } from "@branchline/core/model/Pod"
import { SecurityGroupPolicy } from "@branchline/core/model/SecurityGroupPolicy"
import { ServiceAccount } from "@branchline/core/model/ServiceAccount"
import { Schema } from "effect"

// What is looked at, as wide as these commands need it: the core's schemas, and what the controller has no use for beside them. Nothing here holds a secret: no
// environment of a pod, no data of a Secret, no annotation that means nothing to us.

/** When an object was made; RFC 3339, whole seconds. */
const made = { creationTimestamp: field(Schema.String) }

const IntOrString = Schema.Union([Schema.Int, Schema.String])

/** A probe, as far as it needs the network. */
const Probe = Schema.Struct({
  httpGet: field(Schema.Struct({ port: field(IntOrString), path: field(Schema.String) })),
  tcpSocket: field(Schema.Struct({ port: field(IntOrString) })),
  grpc: field(Schema.Struct({ port: field(Schema.Int) }))
})

const SeenContainer = Schema.Struct({
  ...Container.fields,
  ports: field(Schema.Array(Schema.Struct({ name: field(Schema.String), containerPort: field(Schema.Int), hostPort: field(Schema.Int), protocol: field(Schema.String) }))),
  livenessProbe: field(Probe),
  readinessProbe: field(Probe),
  startupProbe: field(Probe)
})

const Condition = Schema.Struct({
  type: Schema.String,
  status: Schema.String,
  reason: field(Schema.String),
  message: field(Schema.String),
  lastTransitionTime: field(Schema.String)
})

const ContainerStatus = Schema.Struct({
  name: Schema.String,
  ready: field(Schema.Boolean),
  restartCount: field(Schema.Int),
  state: field(Schema.Struct({
    waiting: field(Schema.Struct({ reason: field(Schema.String), message: field(Schema.String) })),
    terminated: field(Schema.Struct({ reason: field(Schema.String), exitCode: field(Schema.Int), finishedAt: field(Schema.String) }))
  }))
})

export const SeenPod = Schema.Struct({
  metadata: Schema.Struct({ ...Pod.fields.metadata.fields, ...made, generateName: field(Schema.String), ownerReferences: field(Schema.Array(OwnerReference)) }),
  spec: Schema.Struct({
    ...Pod.fields.spec.fields,
    containers: Schema.Array(SeenContainer),
    initContainers: field(Schema.Array(SeenContainer)),
    dnsPolicy: field(Schema.String),
    schedulerName: field(Schema.String),
    terminationGracePeriodSeconds: field(Schema.Int)
  }),
  status: field(Schema.Struct({
    phase: field(Schema.String),
    reason: field(Schema.String),
    message: field(Schema.String),
    podIP: field(Schema.String),
    hostIP: field(Schema.String),
    startTime: field(Schema.String),
    conditions: field(Schema.Array(Condition)),
    containerStatuses: field(Schema.Array(ContainerStatus))
  }))
})
export type SeenPod = typeof SeenPod.Type

export const SeenNode = Schema.Struct({
  metadata: Schema.Struct({ ...Node.fields.metadata.fields, ...made }),
  spec: field(Schema.Struct({
    providerID: field(Schema.String),
    unschedulable: field(Schema.Boolean),
    taints: field(Schema.Array(Schema.Struct({ key: Schema.String, value: field(Schema.String), effect: field(Schema.String) })))
  })),
  status: field(Schema.Struct({
    capacity: field(StringMap),
    allocatable: field(StringMap),
    conditions: field(Schema.Array(Condition)),
    nodeInfo: field(Schema.Struct({ kubeletVersion: field(Schema.String), osImage: field(Schema.String) }))
  }))
})
export type SeenNode = typeof SeenNode.Type

export const SeenCNINode = Schema.Struct({
  metadata: Schema.Struct({ ...CNINode.fields.metadata.fields, ...made }),
  spec: CNINode.fields.spec
})
export type SeenCNINode = typeof SeenCNINode.Type

export const SeenPolicy = Schema.Struct({
  metadata: Schema.Struct({ ...SecurityGroupPolicy.fields.metadata.fields, ...made }),
  spec: SecurityGroupPolicy.fields.spec
})
export type SeenPolicy = typeof SeenPolicy.Type

export const SeenServiceAccount = ServiceAccount
export type SeenServiceAccount = typeof SeenServiceAccount.Type

export const SeenNamespace = Schema.Struct({ metadata: Schema.Struct({ ...metadataFields, ...made }) })
export type SeenNamespace = typeof SeenNamespace.Type

export const SeenENIConfig = ENIConfig
export type SeenENIConfig = typeof SeenENIConfig.Type

export const SeenConfigMap = ConfigMap
export type SeenConfigMap = typeof SeenConfigMap.Type

const EnvironmentVariable = Schema.Struct({ name: Schema.String, value: field(Schema.String) })

/** A DaemonSet of kube-system: the node agent and its settings, and whether there is a DNS cache on each node. */
export const SeenDaemonSet = Schema.Struct({
  metadata: Schema.Struct({ ...namespacedFields, ...made }),
  spec: field(Schema.Struct({
    template: Schema.Struct({
      spec: field(Schema.Struct({
        containers: Schema.Array(Schema.Struct({ name: Schema.String, image: field(Schema.String), env: field(Schema.Array(EnvironmentVariable)) })),
        initContainers: field(Schema.Array(Schema.Struct({ name: Schema.String, image: field(Schema.String), env: field(Schema.Array(EnvironmentVariable)) })))
      }))
    })
  }))
})
export type SeenDaemonSet = typeof SeenDaemonSet.Type

export const SeenService = Schema.Struct({
  metadata: Schema.Struct(namespacedFields),
  spec: field(Schema.Struct({
    type: field(Schema.String),
    selector: field(StringMap),
    externalTrafficPolicy: field(Schema.String),
    internalTrafficPolicy: field(Schema.String),
    ports: field(Schema.Array(Schema.Struct({ name: field(Schema.String), protocol: field(Schema.String), port: Schema.Int, targetPort: field(IntOrString) })))
  }))
})
export type SeenService = typeof SeenService.Type

export const SeenLease = Lease
export type SeenLease = typeof SeenLease.Type

const Webhook = Schema.Struct({
  name: Schema.String,
  clientConfig: field(Schema.Struct({
    url: field(Schema.String),
    service: field(Schema.Struct({ namespace: Schema.String, name: Schema.String, path: field(Schema.String), port: field(Schema.Int) }))
  })),
  failurePolicy: field(Schema.String),
  reinvocationPolicy: field(Schema.String),
  timeoutSeconds: field(Schema.Int),
  namespaceSelector: field(LabelSelector),
  objectSelector: field(LabelSelector)
})

export const SeenWebhookConfiguration = Schema.Struct({
  metadata: Schema.Struct({ ...metadataFields, ...made }),
  webhooks: field(Schema.Array(Webhook))
})
export type SeenWebhookConfiguration = typeof SeenWebhookConfiguration.Type

/** Events of events.k8s.io have their time in `eventTime` and `series`. Source: Kubernetes, events/v1 types. */
export const SeenEvent = Schema.Struct({
  ...Event.fields,
  metadata: Schema.Struct({ ...Event.fields.metadata.fields, ...made }),
  eventTime: field(Schema.String),
  series: field(Schema.Struct({ count: field(Schema.Int), lastObservedTime: field(Schema.String) })),
  reportingInstance: field(Schema.String)
})
export type SeenEvent = typeof SeenEvent.Type
