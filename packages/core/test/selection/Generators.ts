import { Arbitrary, Schema } from "effect"
import { SecurityGroupId } from "../../src/model/Ids.js"
import type { LabelSelector } from "../../src/model/LabelSelector.js"
import type { SecurityGroupPolicy } from "../../src/model/SecurityGroupPolicy.js"
import type { ServiceAccountFacts } from "../../src/selection/Selection.js"

// Few keys, few values: otherwise nothing ever matches. `constructor` is a valid key that every object inherits.
const goodKeys = ["role", "tier", "constructor", "example.com/team", "app.kubernetes.io/name"] as const
const goodValues = ["", "db", "web"] as const
const badKeys = ["", "a b", "/role", "role/", "a/b/c", "Example.com/role", `${"p".repeat(254)}/role`, "k".repeat(64), "-role"] as const
const badValues = ["a b", "-db", "db.", "v".repeat(64)] as const

const oneOf = <const A extends string>(values: ReadonlyArray<A>) => Arbitrary.schema(Schema.Literals(values))

const labelsOf = (key: Arbitrary.Arbitrary<string>, value: Arbitrary.Arbitrary<string>) =>
  Arbitrary.array(Arbitrary.all([key, value]), { maxLength: 3 }).pipe(
    Arbitrary.map((entries): Readonly<Record<string, string>> => Object.fromEntries(entries))
  )

export const labels = labelsOf(oneOf(goodKeys), oneOf(goodValues))

const selectorOf = (
  key: Arbitrary.Arbitrary<string>,
  value: Arbitrary.Arbitrary<string>,
  expression: Arbitrary.Arbitrary<NonNullable<LabelSelector["matchExpressions"]>[number]>
): Arbitrary.Arbitrary<LabelSelector> =>
  Arbitrary.all({ matchLabels: labelsOf(key, value), matchExpressions: Arbitrary.array(expression, { maxLength: 3 }) })

/** Selectors that Kubernetes accepts. */
export const validSelector = selectorOf(
  oneOf(goodKeys),
  oneOf(goodValues),
  Arbitrary.all({
    key: oneOf(goodKeys),
    operator: oneOf(["In", "NotIn", "Exists", "DoesNotExist"]),
    values: Arbitrary.array(oneOf(goodValues), { minLength: 1, maxLength: 2 })
  }).pipe(Arbitrary.map(({ key, operator, values }) =>
    operator === "In" || operator === "NotIn" ? { key, operator, values } : { key, operator }
  ))
)

/** Selectors of which some are broken, each in any of the ways there are. */
export const mixedSelector = selectorOf(
  oneOf([...goodKeys, ...goodKeys, ...goodKeys, ...badKeys]),
  oneOf([...goodValues, ...goodValues, ...goodValues, ...badValues]),
  Arbitrary.all({
    key: oneOf([...goodKeys, ...goodKeys, ...goodKeys, ...badKeys]),
    operator: oneOf(["In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist", "in", "Gt"]),
    values: Arbitrary.array(oneOf([...goodValues, ...goodValues, ...badValues]), { maxLength: 2 })
  })
)

/** Selectors that Kubernetes mostly accepts. */
export const anySelector = oneOf(["valid", "valid", "valid", "valid", "valid", "mixed"]).pipe(
  Arbitrary.flatMap((kind) => (kind === "valid" ? validSelector : mixedSelector))
)

const groupId = oneOf(["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6", "sg-7"]).pipe(Arbitrary.map((id) => SecurityGroupId.make(id)))

/** A policy of one of two namespaces; its selectors may be absent, broken or fine, and its groups may be missing. */
export const policy: Arbitrary.Arbitrary<SecurityGroupPolicy> = Arbitrary.all({
  namespace: oneOf(["default", "default", "default", "other"]),
  name: oneOf(["a", "b", "c", "d", "e", "f", "g", "h"]),
  which: oneOf(["pod", "pod", "pod", "account", "account", "both", "both", "both", "neither"]),
  podSelector: anySelector,
  serviceAccountSelector: anySelector,
  first: groupId,
  more: Arbitrary.array(groupId, { maxLength: 3 }),
  groupless: oneOf(["no", "no", "no", "no", "no", "no", "no", "yes"])
}).pipe(Arbitrary.map(({ first, groupless, more, name, namespace, podSelector, serviceAccountSelector, which }) => ({
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: "1" },
  spec: {
    ...(which === "pod" || which === "both" ? { podSelector } : { podSelector: null }),
    ...(which === "account" || which === "both" ? { serviceAccountSelector } : {}),
    securityGroups: { groupIds: groupless === "yes" ? [] : [first, ...more] }
  }
})))

export const serviceAccount: Arbitrary.Arbitrary<ServiceAccountFacts> = Arbitrary.all({
  tag: oneOf(["NotAsked", "Absent", "Present", "Present", "Present", "Mirror"]),
  labels
}).pipe(Arbitrary.map(({ labels: has, tag }) => tag === "Present" ? { _tag: tag, labels: has } : { _tag: tag }))

export const toss = Arbitrary.schema(Schema.Boolean)

/** Ranks for as many policies as a test has. */
export const order = Arbitrary.array(Arbitrary.schema(Schema.Int), { minLength: 12, maxLength: 12 })

export const groups = (...ids: ReadonlyArray<string>) => ids.map((id) => SecurityGroupId.make(id))
