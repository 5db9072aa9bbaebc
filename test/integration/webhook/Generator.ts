/** Reviews, right and wrong, from a seed: the same number gives the same bytes. */

import { below, streamFor } from "@branchline/adapter-memory/simulation/Streams"

export interface Draw {
  /** A whole number from 0 to below `bound`. */
  readonly below: (bound: number) => number
  readonly chance: (share: number) => boolean
  readonly pick: <A>(items: ReadonlyArray<A>) => A
}

export const draws = (seed: number): Draw => {
  const stream = streamFor(String(seed), "reviews")
  const draw = (bound: number) => below(stream, bound)
  return { below: draw, chance: (share) => stream.nextDoubleUnsafe() < share, pick: (items) => items[draw(items.length)]! }
}

type Tree = { [key: string]: unknown }

const resourcesOf = ({ chance, pick }: Draw): unknown => {
  const map = () => chance(0.5) ? undefined : { ...(chance(0.5) ? { cpu: "100m" } : {}), ...(chance(0.3) ? { "vpc.amazonaws.com/pod-eni": pick(["1", "0", "2"]) } : {}) }
  return pick([undefined, null, {}, { limits: map(), requests: map() }, { limits: map(), requests: null }])
}

/** A review that is right. Whether the pod matches the policy is left to chance. */
export const rightReview = (draw: Draw, number: number): Tree => {
  const { below, chance, pick } = draw
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: `705ab4f5-6393-11e8-b7cc-${String(number).padStart(12, "0")}`,
      kind: { group: "", version: "v1", kind: chance(0.95) ? "Pod" : "Deployment" },
      resource: { group: "", version: "v1", resource: "pods" },
      requestKind: { group: "", version: "v1", kind: "Pod" },
      requestResource: { group: "", version: "v1", resource: "pods" },
      ...(chance(0.05) ? { subResource: pick(["status", "", "eviction"]) } : {}),
      name: `pod-${number}`,
      namespace: chance(0.9) ? "default" : "other",
      operation: chance(0.9) ? "CREATE" : pick(["UPDATE", "DELETE", "CONNECT"]),
      userInfo: {
        username: pick(["kubernetes-admin", "system:serviceaccount:kube-system:replicaset-controller", "ünïcode ☃ 𝄞"]),
        uid: "u-1",
        groups: ["system:masters", "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=1"] }
      },
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          ...(chance(0.5) ? { name: `pod-${number}` } : { generateName: "pod-" }),
          ...(chance(0.7) ? { namespace: "default" } : chance(0.5) ? { namespace: "" } : {}),
          labels: pick([{ role: "demo-sg" }, { role: "demo-sg", app: `app-${below(100)}` }, { role: "other" }, {}, null]),
          annotations: { "kubernetes.io/psp": "eks.privileged", note: "a \"quoted\" \\ text: {[\u2028" },
          creationTimestamp: null,
          managedFields: [{ manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": { "f:containers": { "k:{\"name\":\"a\"}": { ".": {} } } } } }]
        },
        spec: {
          ...(chance(0.05) ? { hostNetwork: true } : {}),
          ...(chance(0.05) ? { nodeSelector: { "kubernetes.io/os": "windows" } } : {}),
          serviceAccountName: "default",
          containers: Array.from({ length: chance(0.02) ? 0 : 1 + below(3) }, (_, index) => ({
            name: `c-${index}`,
            image: "amazon/aws-cli:latest",
            command: ["sleep", "infinity"],
            env: Array.from({ length: below(6) }, (_, entry) => ({ name: `E_${entry}`, value: "x".repeat(below(60)) })),
            resources: resourcesOf(draw)
          })),
          restartPolicy: "Always",
          tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }]
        },
        status: {}
      },
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" }
    }
  }
}

/** Every place of a tree where there is something. */
const places = (tree: unknown, found: Array<readonly [Tree | Array<unknown>, string | number]> = []): typeof found => {
  if (Array.isArray(tree)) {
    for (const [index, item] of tree.entries()) {
      found.push([tree, index])
      places(item, found)
    }
  } else if (typeof tree === "object" && tree !== null) {
    for (const key of Object.keys(tree)) {
      found.push([tree as Tree, key])
      places((tree as Tree)[key], found)
    }
  }
  return found
}

const wrongValues: ReadonlyArray<unknown> = [
  null, true, false, 0, -1, 1.5, 1e21, "", "text", "CREATE", [], {}, [[]], [null], [1], { a: 1 }, { length: 1 }, "__proto__", "\ud800", "𝄞", ["a", 1]
]

const put = (tree: Tree, draw: Draw, shared: unknown): void => {
  // The next fault may be put into this one.
  const value = structuredClone(shared)
  const [parent, key] = draw.pick(places(tree))
  if (Array.isArray(parent)) parent[Number(key)] = value
  else parent[String(key)] = value
}

const marker = "\u0001MARK\u0001"

/** The text with a value of our own writing at some place. */
const written = (tree: Tree, draw: Draw, value: string): Buffer => {
  put(tree, draw, marker)
  return Buffer.from(JSON.stringify(tree).replace(JSON.stringify(marker), () => value))
}

type Fault = (tree: Tree, draw: Draw) => Buffer

const bytes = (tree: unknown): Buffer => Buffer.from(JSON.stringify(tree) ?? "")

const faults: { readonly [name: string]: Fault } = {
  truncated: (tree, { below }) => {
    const whole = bytes(tree)
    return whole.subarray(0, below(whole.length))
  },
  "wrong types": (tree, draw) => {
    for (let i = draw.below(3); i >= 0; i--) put(tree, draw, draw.pick(wrongValues))
    return bytes(tree)
  },
  "wrong envelope": (tree, draw) => {
    const request = tree["request"] as Tree
    const key = draw.pick([...Object.keys(request).filter((name) => name !== "object"), "subResource", "requestSubResource"])
    request[key] = structuredClone(draw.pick(wrongValues))
    return bytes(tree)
  },
  "missing parts": (tree, draw) => {
    const [parent, key] = draw.pick(places(tree))
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else delete parent[String(key)]
    return bytes(tree)
  },
  "duplicate keys": (tree, draw) => {
    const found = places(tree).filter(([parent]) => !Array.isArray(parent))
    const [parent, key] = draw.pick(found)
    const value = JSON.stringify((parent as Tree)[String(key)]) ?? "null"
    const other = draw.chance(0.5) ? value : draw.pick(["null", "\"default\"", "{}", "[]", "{\"role\":\"demo-sg\"}"])
    ;(parent as Tree)[String(key)] = marker
    return Buffer.from(JSON.stringify(tree).replace(JSON.stringify(marker), () => `${value},${JSON.stringify(key)}:${other}`))
  },
  "deep nesting": (tree, draw) => {
    const depth = draw.pick([3, 100, 2_000, 9_900, 10_001, 50_000])
    return written(tree, draw, draw.chance(0.5) ? "[".repeat(depth) + "]".repeat(depth) : `{"a":`.repeat(depth) + "1" + "}".repeat(draw.chance(0.9) ? depth : depth - 1))
  },
  "invalid UTF-8": (tree, { below, pick }) => {
    const whole = bytes(tree)
    const bad = pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0x80]])
    const place = below(whole.length)
    return Buffer.concat([whole.subarray(0, place), Buffer.from(bad), whole.subarray(place)])
  },
  "wrong version": (tree, { pick }) => {
    const [key, value] = pick([
      ["apiVersion", "admission.k8s.io/v1beta1"], ["apiVersion", "v1"], ["apiVersion", ""], ["apiVersion", null], ["kind", "AdmissionRequest"], ["kind", "admissionreview"], ["request", null]
    ] as const)
    tree[key] = value
    return bytes(tree)
  },
  "flipped bytes": (tree, { below }) => {
    const whole = bytes(tree)
    for (let i = below(4); i >= 0; i--) whole[below(whole.length)] = below(256)
    return whole
  },
  "no object": (_, { pick }) => Buffer.from(pick(["", " ", "null", "1", "\"\"", "[]", "{}", "true", "\ufeff{}", "{}{}", "{\"request\":{}}", "\u0000"])),
  "odd numbers and texts": (tree, draw) => written(tree, draw, draw.pick(["01", "1.", ".5", "+1", "NaN", "Infinity", "-0", "1E5", "'a'", "\"\\x\"", "\"\\ud800\"", "\"a\nb\"", "tru", "undefined", "\"\\u0000\""])),
  huge: (tree, draw) => written(tree, draw, JSON.stringify("x".repeat(draw.pick([100_000, 1_000_000, 7_400_000]))))
}

const faultNames = Object.keys(faults)

/** One body, and which fault it was given; that a fault does harm is not said: a wrong type in a field that nobody reads does not. */
export const bodyOf = (draw: Draw, number: number): { readonly fault: string; readonly body: Buffer } => {
  const tree = rightReview(draw, number)
  if (draw.chance(0.3)) return { fault: "none", body: bytes(tree) }
  let fault = draw.pick(faultNames)
  // Large bodies are few: what they cost is their sending.
  if (fault === "huge" && !draw.chance(0.01)) fault = "wrong types"
  if (fault === "deep nesting" && !draw.chance(0.1)) fault = "wrong envelope"
  return { fault, body: faults[fault]!(tree, draw) }
}
