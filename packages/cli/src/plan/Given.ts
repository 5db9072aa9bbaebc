import type { Container } from "@branchline/core/model/Pod"
import { configMap as settingsMap } from "@branchline/core/model/Names"
import { securityGroupPolicies } from "@branchline/core/model/Resource"
import { Result, Schema } from "effect"
import type { SeenConfigMap, SeenPolicy, SeenServiceAccount } from "../cluster/Seen.js"
import { decoder, itemOf, memberAt } from "../lint/Decode.js"
import type { Path } from "../lint/Place.js"
import { placeText } from "../lint/Place.js"
import { ConfigMapObject, PodTemplate, Policy as PolicyObject, WithMetadata } from "../lint/Shapes.js"
import { read, type Text } from "../lint/Sources.js"
import type { Item } from "../lint/Subject.js"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { Placing } from "./Placing.js"
import { type Scale, scaleOf, ScaleSpec } from "./Scale.js"

/** What makes pods, or a pod, as a manifest has it. */
export interface GivenWorkload {
  /** `Deployment shop/web`. */
  readonly key: string
  /** `shop.yaml:3:1`. */
  readonly where: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly serviceAccountName: string
  readonly hostNetwork: boolean
  readonly containers: ReadonlyArray<Container>
  readonly placing: Placing
  readonly scale: Scale
}

export interface GivenPolicy {
  readonly where: string
  readonly policy: SeenPolicy
}

/** A manifest that an API server would not take, or that says something twice. */
export interface Problem {
  readonly where: string
  readonly message: string
  readonly mend: string
}

/** What manifests say, as far as a plan is about it; each object once. */
export interface Given {
  readonly policies: ReadonlyArray<GivenPolicy>
  readonly accounts: ReadonlyArray<SeenServiceAccount>
  readonly workloads: ReadonlyArray<GivenWorkload>
  /** The CNI plugin's ConfigMap, where it is among them. */
  readonly settings: SeenConfigMap | undefined
  readonly problems: ReadonlyArray<Problem>
  /** Objects that a plan is not about. */
  readonly others: number
}

const policy = decoder(PolicyObject)
const template = decoder(PodTemplate)
const placing = decoder(Placing)
const labelled = decoder(WithMetadata)
const configMap = decoder(ConfigMapObject)
const scale = decoder(ScaleSpec)

const isObject = Schema.is(Schema.JsonObject)

/** Where a kind keeps the pods that it makes; undefined for what makes none. */
const templatePath = ({ document, kind }: Item): ReadonlyArray<string> | undefined => {
  if (kind === "Pod") return []
  const path = kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"]
  return Array.isArray(memberAt(document, ...path, "spec", "containers")) ? path : undefined
}

const asStored = ({ name, namespace = "" }: Item) => ({ name, namespace, uid: "", resourceVersion: "" })

const keyOf = ({ kind, name, namespace }: Item): string => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`

const whereOf = (item: Item, path: Path = []): string => placeText(item.placeOf(path))

const texts = (values: Readonly<Record<string, string | number>> | null | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, String(value)]))

type Judged<A> = Result.Result<A, ReadonlyArray<Problem>>

const judged = <A>(result: ReturnType<ReturnType<typeof decoder<Schema.ConstraintDecoder<A>>>>): Judged<A> =>
  Result.mapError(result, (troubles) => troubles.map(({ mend, message, place }) => ({ where: placeText(place), message, mend })))

const workloadOf = (item: Item, path: ReadonlyArray<string>): Judged<GivenWorkload> => {
  const document = path.length === 0 ? item.document : memberAt(item.document, ...path) ?? null
  const pod = judged(template(item, document, path))
  const place = judged(placing(item, memberAt(item.document, ...path, "spec") ?? null, [...path, "spec"]))
  const spec = judged(scale(item, item.document))
  if (Result.isFailure(pod)) return Result.fail(pod.failure)
  if (Result.isFailure(place)) return Result.fail(place.failure)
  if (Result.isFailure(spec)) return Result.fail(spec.failure)
  const { metadata, spec: { containers, hostNetwork, serviceAccount, serviceAccountName } } = pod.success
  return Result.succeed({
    key: keyOf(item),
    where: whereOf(item),
    kind: item.kind,
    namespace: item.namespace ?? "",
    name: item.name,
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    serviceAccountName: serviceAccountName || serviceAccount || "default",
    hostNetwork: hostNetwork === true,
    containers: containers.map(({ name, resources }) => ({
      name: name ?? "",
      resources: { limits: texts(resources?.limits), requests: texts(resources?.requests) }
    })),
    placing: place.success,
    scale: scaleOf(item.kind, spec.success)
  })
}

const groupOf = ({ apiVersion }: Item): string => apiVersion.split("/").slice(0, -1).join("/")

const lastOfEach = (items: ReadonlyArray<Item>): { readonly items: ReadonlyArray<Item>; readonly problems: ReadonlyArray<Problem> } => {
  const last = new Map<string, Item>()
  const problems: Array<Problem> = []
  for (const item of items) {
    if (!memberAt(item.document, "metadata", "name")) {
      problems.push({ where: whereOf(item), message: `${item.kind === "" ? "an object" : `a ${item.kind}`} without a name`, mend: "write metadata.name: kubectl apply needs one" })
      continue
    }
    const key = `${groupOf(item)} ${keyOf(item)}`
    const before = last.get(key)
    if (before !== undefined) {
      problems.push({ where: whereOf(item), message: `${keyOf(item)} is given twice, at ${whereOf(before)} too: the later one counts`, mend: "keep one of them" })
    }
    last.set(key, item)
  }
  return { items: [...last.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), problems }
}

/**
 * What manifests say, in the order of kinds and names. Fails where a text cannot be read.
 *
 * @param namespace of manifests that name none
 */
export const givenOf = (sources: ReadonlyArray<Text>, namespace: string): Result.Result<Given, CouldNotLook> => {
  const parsed = sources.map(read)
  const [unreadable] = parsed.flatMap((one) => one.unreadable)
  if (unreadable !== undefined) {
    const { column, file, line } = unreadable.position
    return Result.fail(new CouldNotLook({ message: `${file}:${line}:${column}: ${unreadable.message}`, mend: unreadable.mend.replaceAll("branchline lint", "branchline plan -f") }))
  }
  const { items, problems: repeated } = lastOfEach(parsed.flatMap(({ documents }) => documents).map((document) => itemOf(document, namespace)))
  const problems: Array<Problem> = [...repeated]
  const policies: Array<GivenPolicy> = []
  const accounts: Array<SeenServiceAccount> = []
  const workloads: Array<GivenWorkload> = []
  let settings: SeenConfigMap | undefined
  let others = 0
  const take = <A>(result: Judged<A>, use: (value: A) => void): void => {
    if (Result.isSuccess(result)) use(result.success)
    else problems.push(...result.failure)
  }
  for (const item of items) {
    const { document, kind } = item
    const path = templatePath(item)
    if (groupOf(item) === securityGroupPolicies.group && kind === securityGroupPolicies.kind) {
      take(judged(policy(item, document)), ({ spec }) => {
        policies.push({ where: whereOf(item), policy: { metadata: asStored(item), ...(spec === undefined ? {} : { spec }) } })
      })
    } else if (groupOf(item) === "" && kind === "ServiceAccount") {
      take(judged(labelled(item, document)), ({ metadata }) => {
        accounts.push({ metadata: { ...asStored(item), labels: metadata?.labels ?? {} } })
      })
    } else if (groupOf(item) === "" && kind === "ConfigMap" && item.name === settingsMap.name && item.namespace === settingsMap.namespace) {
      take(judged(configMap(item, document)), ({ data }) => {
        settings = { metadata: asStored(item), data: data ?? {} }
      })
    } else if (path !== undefined && isObject(document)) take(workloadOf(item, path), (workload) => workloads.push(workload))
    else others++
  }
  return Result.succeed({ policies, accounts, workloads, settings, problems, others })
}
