import { podEni } from "@branchline/core/model/Names"
import { chance } from "./Chance.js"
import { heap } from "./Heap.js"
import { admission, annotationOf, type BenchPod, controller, owner, podJson, record, type Request, scheduler, sentPodJson, uuid } from "./Records.js"

/** What truly happened in a generated window; what `trace` says is held against it. */
export interface Truth {
  records: number
  created: number
  asked: number
  failedOpen: number
  annotated: number
  stuck: number
  foreign: number
  /** Milliseconds from creation to annotation. */
  readonly latencies: Array<number>
}

/** What a window is made of. */
export interface ClusterAsked {
  readonly seed: number
  readonly records: number
}

/** Noon of some day, in microseconds since the epoch. */
const beginning = Date.UTC(2026, 0, 15, 12) * 1_000

const kubelet = "kubelet/v1.33.5 (linux/amd64) kubernetes/1a2b3c4"
const nodes = 400
const nodeName = (index: number): string => `ip-10-0-${index >> 8}-${index & 255}.eu-west-1.compute.internal`

/**
 * Records of a busy cluster in the order of time, each a line with its end: per pod creation, binding, a webhook that is away now and then, the controller's annotation,
 * kubelet's status patches and the deletions; beside them what audit logs are full of: leases, reads, reviews and node heartbeats. The same question gives the same bytes.
 */
export function* generate({ records, seed }: ClusterAsked): Generator<string, Truth> {
  const pick = chance(seed)
  const below = (most: number): number => Math.floor(pick() * most)
  const truth: Truth = { records: 0, created: 0, asked: 0, failedOpen: 0, annotated: 0, stuck: 0, foreign: 0, latencies: [] }
  const due = heap<(at: number) => Request>()
  let at = beginning
  let number = 0

  const pods = (name: string, namespace: string, more: Readonly<Record<string, string>> = {}) => ({ resource: "pods", namespace, name, ...more, apiVersion: "v1" })
  const uri = (pod: BenchPod, tail = ""): string => `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}${tail}`

  const live = (created: number): void => {
    const index = truth.created++
    const outage = index % 2_000 >= 1_990
    const selected = pick() < 0.6
    const asks = selected && !outage
    const name = `web-${hexName(index)}`
    const pod: BenchPod = { number: index, name, namespace: `team-${index % 20}`, uid: uuid(0xb0d, index), node: nodeName(below(nodes)), asks }
    if (asks) truth.asked++
    if (outage) truth.failedOpen++
    const annotation = annotationOf(pod)
    const stuck = asks && index % 997 === 5
    const bound = created + 8_000 + below(40_000)
    const annotated = bound + 150_000 + below(600_000) + (pick() < 0.02 ? below(8_000_000) : 0)
    const over = annotated + 30_000_000 + below(120_000_000)
    due.push(created, () => ({
      verb: "create",
      user: owner,
      agent: "kube-controller-manager/v1.33.5 (linux/amd64) kubernetes/1a2b3c4/system:serviceaccount:kube-system:replicaset-controller",
      uri: `/api/v1/namespaces/${pod.namespace}/pods`,
      about: { resource: "pods", namespace: pod.namespace, apiVersion: "v1" },
      code: 201,
      request: sentPodJson(pod),
      response: podJson(pod, false, undefined, "{\"phase\":\"Pending\"}"),
      annotations: admission(outage ? "failed open" : asks ? "patched" : "unchanged"),
      took: 4_000 + below(9_000)
    }))
    due.push(bound, () => ({
      verb: "create",
      user: scheduler,
      agent: "kube-scheduler/v1.33.5 (linux/amd64) kubernetes/1a2b3c4/scheduler",
      uri: uri(pod, "/binding"),
      about: pods(pod.name, pod.namespace, { uid: pod.uid, subresource: "binding" }),
      code: 201,
      request: `{"kind":"Binding","apiVersion":"v1","metadata":{"name":"${pod.name}","namespace":"${pod.namespace}","uid":"${pod.uid}"},"target":{"kind":"Node","name":"${pod.node}"}}`,
      response: "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}",
      took: 2_000
    }))
    const status = (when: number, text: string): void =>
      due.push(when, () => ({
        verb: "patch",
        user: `system:node:${pod.node}`,
        agent: kubelet,
        uri: uri(pod, "/status"),
        about: pods(pod.name, pod.namespace, { subresource: "status" }),
        code: 200,
        request: `{"metadata":{"uid":"${pod.uid}"},"status":${text}}`,
        response: podJson(pod, true, asks ? annotation : undefined, text),
        took: 3_000
      }))
    for (const delay of [100_000, 900_000, 2_500_000, 4_000_000]) {
      status(bound + delay + below(50_000), "{\"conditions\":[{\"type\":\"Initialized\",\"status\":\"True\"},{\"type\":\"Ready\",\"status\":\"False\",\"reason\":\"ContainersNotReady\"}],\"phase\":\"Pending\"}")
    }
    status(annotated + 5_000_000, "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],\"phase\":\"Running\",\"podIP\":\"192.168.26.162\"}")
    if (asks && !stuck) {
      due.push(annotated, () => {
        truth.annotated++
        truth.latencies.push((annotated - created) / 1_000)
        return {
          verb: "patch",
          user: controller,
          agent: "controller/v0.0.0 (linux/amd64) kubernetes/$Format",
          uri: uri(pod),
          about: pods(pod.name, pod.namespace),
          code: 200,
          request: `{"metadata":{"annotations":{"${podEni}":${JSON.stringify(annotation)}}}}`,
          response: podJson(pod, true, annotation, "{\"phase\":\"Pending\"}"),
          took: 5_000
        }
      })
      if (index % 5_003 === 7) {
        due.push(annotated + 10_000_000, () => {
          truth.foreign++
          return {
            verb: "patch",
            user: "kubernetes-admin",
            agent: "kubectl/v1.33.5 (linux/amd64) kubernetes/1a2b3c4",
            uri: uri(pod, "?fieldManager=kubectl-annotate"),
            about: pods(pod.name, pod.namespace),
            code: 200,
            request: `{"metadata":{"annotations":{"${podEni}":"[]"}}}`,
            response: podJson(pod, true, "[]", "{\"phase\":\"Running\"}"),
            took: 5_000
          }
        })
      }
    }
    // Whoever is stuck waits to the end.
    if (stuck) {
      truth.stuck++
      return
    }
    for (const [when, grace, user, agent] of [[over, 30, owner, "kube-controller-manager/v1.33.5"], [over + 2_000_000, 0, `system:node:${pod.node}`, kubelet]] as const) {
      due.push(when, () => ({
        verb: "delete",
        user,
        agent,
        uri: uri(pod),
        about: pods(pod.name, pod.namespace),
        code: 200,
        request: `{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":${grace},"preconditions":{"uid":"${pod.uid}"}}`,
        response: podJson(pod, true, asks ? annotation : undefined, "{\"phase\":\"Running\"}").replace("\"labels\"", `"deletionGracePeriodSeconds":${grace},"labels"`),
        took: 4_000
      }))
    }
  }

  const background = (): Request => {
    const node = nodeName(below(nodes))
    const kind = pick()
    const common = { user: `system:node:${node}`, agent: kubelet, code: 200, took: 2_000 }
    if (kind < 0.4) {
      return { ...common, verb: "update", uri: `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}?timeout=10s`, about: { resource: "leases", namespace: "kube-node-lease", name: node, apiGroup: "coordination.k8s.io", apiVersion: "v1" } }
    }
    if (kind < 0.75) {
      return { ...common, verb: pick() < 0.5 ? "get" : "watch", uri: "/api/v1/namespaces/kube-system/configmaps/amazon-vpc-cni?timeout=10s", about: { resource: pick() < 0.5 ? "configmaps" : "pods", namespace: "kube-system", name: "amazon-vpc-cni", apiVersion: "v1" }, request: undefined }
    }
    if (kind < 0.85) {
      return { ...common, verb: "create", uri: "/apis/authorization.k8s.io/v1/subjectaccessreviews", about: { resource: "subjectaccessreviews", apiGroup: "authorization.k8s.io", apiVersion: "v1" }, code: 201, request: "{\"kind\":\"SubjectAccessReview\",\"spec\":{\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"pods\"},\"user\":\"somebody\"}}", response: "{\"kind\":\"SubjectAccessReview\",\"status\":{\"allowed\":true}}" }
    }
    const heartbeat = "{\"status\":{\"$setElementOrder/conditions\":[{\"type\":\"MemoryPressure\"},{\"type\":\"DiskPressure\"},{\"type\":\"PIDPressure\"},{\"type\":\"Ready\"}],\"conditions\":[{\"lastHeartbeatTime\":\"2026-01-15T12:00:00Z\",\"type\":\"MemoryPressure\"},{\"lastHeartbeatTime\":\"2026-01-15T12:00:00Z\",\"type\":\"Ready\"}]}}"
    return { ...common, verb: "patch", uri: `/api/v1/nodes/${node}/status?timeout=10s`, about: { resource: "nodes", name: node, apiVersion: "v1", subresource: "status" }, request: heartbeat, response: `{"kind":"Node","metadata":{"name":"${node}","managedFields":${JSON.stringify(Array.from({ length: 30 }, (_, index) => ({ manager: "kubelet", index })))}},"status":{"capacity":{"cpu":"8","${podEni}":"38"}}}` }
  }

  while (truth.records < records) {
    // A pod for every forty of what is beside it.
    if (number % 40 === 0) live(at)
    at += 2_000 + below(4_000)
    due.push(at, background)
    for (let next = due.size() > 0 ? due.pop() : undefined; next !== undefined; next = due.pop()) {
      if (next.at > at) {
        due.push(next.at, next.item)
        break
      }
      yield `${record(number++, next.at, next.item(next.at))}\n`
      if (++truth.records >= records) return truth
    }
  }
  return truth
}

const hexName = (index: number): string => `7d9f-${index.toString(16).padStart(5, "0")}`
