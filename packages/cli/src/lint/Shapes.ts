import { field, OwnerReference, StringMap } from "@branchline/core/model/Fields"
import { LabelSelector } from "@branchline/core/model/LabelSelector"
import { SecurityGroupPolicy } from "@branchline/core/model/SecurityGroupPolicy"
import { Schema } from "effect"

/** Of any object, as far as rules read it. */
export const Metadata = Schema.Struct({
  name: field(Schema.String),
  generateName: field(Schema.String),
  namespace: field(Schema.String),
  uid: field(Schema.String),
  labels: field(StringMap),
  annotations: field(StringMap),
  ownerReferences: field(Schema.Array(Schema.Struct({
    kind: OwnerReference.fields.kind,
    name: OwnerReference.fields.name,
    controller: field(Schema.Boolean)
  })))
})
export type Metadata = typeof Metadata.Type

// `cpu: 1` is a number in YAML and a quantity in the API.
const Quantities = field(Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite])))

/** A port by number, or by a container port's name. */
const Port = Schema.Union([Schema.Int, Schema.String])

const Probe = Schema.Struct({
  httpGet: field(Schema.Struct({ port: Port, host: field(Schema.String) })),
  tcpSocket: field(Schema.Struct({ port: Port, host: field(Schema.String) })),
  grpc: field(Schema.Struct({ port: Schema.Int }))
})
export type Probe = typeof Probe.Type

export const Container = Schema.Struct({
  name: field(Schema.String),
  image: field(Schema.String),
  ports: field(Schema.Array(Schema.Struct({ name: field(Schema.String), containerPort: field(Schema.Int) }))),
  env: field(Schema.Array(Schema.Struct({ name: Schema.String, value: field(Schema.String), valueFrom: field(Schema.Unknown) }))),
  resources: field(Schema.Struct({ limits: Quantities, requests: Quantities })),
  livenessProbe: field(Probe),
  readinessProbe: field(Probe),
  startupProbe: field(Probe)
})
export type Container = typeof Container.Type

const Expression = Schema.Struct({ key: Schema.String, operator: Schema.String, values: field(Schema.Array(Schema.String)) })

export const PodSpec = Schema.Struct({
  nodeName: field(Schema.String),
  hostNetwork: field(Schema.Boolean),
  serviceAccountName: field(Schema.String),
  /** The older spelling; the API server copies it. */
  serviceAccount: field(Schema.String),
  nodeSelector: field(StringMap),
  os: field(Schema.Struct({ name: field(Schema.String) })),
  dnsPolicy: field(Schema.String),
  terminationGracePeriodSeconds: field(Schema.Int),
  affinity: field(Schema.Struct({
    nodeAffinity: field(Schema.Struct({
      requiredDuringSchedulingIgnoredDuringExecution: field(Schema.Struct({
        nodeSelectorTerms: field(Schema.Array(Schema.Struct({ matchExpressions: field(Schema.Array(Expression)) })))
      }))
    }))
  })),
  containers: Schema.Array(Container),
  initContainers: field(Schema.Array(Container))
})
export type PodSpec = typeof PodSpec.Type

export const PodTemplate = Schema.Struct({ metadata: field(Metadata), spec: PodSpec })
export type PodTemplate = typeof PodTemplate.Type

export const Service = Schema.Struct({
  type: field(Schema.String),
  externalTrafficPolicy: field(Schema.String),
  selector: field(StringMap),
  loadBalancerClass: field(Schema.String)
})
export type Service = typeof Service.Type

export const NetworkPolicy = Schema.Struct({ podSelector: field(LabelSelector) })
export type NetworkPolicy = typeof NetworkPolicy.Type

export const Policy = Schema.Struct({ metadata: Metadata, spec: SecurityGroupPolicy.fields.spec })

export const WithMetadata = Schema.Struct({ metadata: field(Metadata) })
export const ServiceObject = Schema.Struct({ metadata: field(Metadata), spec: field(Service) })
export const NetworkPolicyObject = Schema.Struct({ metadata: field(Metadata), spec: field(NetworkPolicy) })
export const PodStatus = Schema.Struct({ status: field(Schema.Struct({ phase: field(Schema.String) })) })
export const ConfigMapObject = Schema.Struct({ metadata: field(Metadata), data: field(StringMap) })
