import { expect, it } from "@effect/vitest"
import { candidates } from "../../src/selection/Candidates.js"
import { matches, type Operator } from "../../src/selection/LabelSelector.js"
import type { CompiledPolicy, ValidPolicy } from "../../src/selection/Policy.js"

const keys = ["role", "app", "constructor", "__proto__"]
const values = ["a", "b", ""]
const operators: ReadonlyArray<Operator> = ["In", "NotIn", "Exists", "DoesNotExist"]

/** Every number from 0 on names a requirement; the digits are its parts. */
const requirement = (number: number) => {
  const operator = operators[number % 4]!
  const some = values.filter((_, index) => ((number >> 4) + 1 & (1 << index)) !== 0)
  return {
    path: "",
    key: keys[(number >> 2) % 4]!,
    operator,
    values: operator === "In" || operator === "NotIn" ? [...some, ...some] : []
  }
}

const policies: ReadonlyArray<CompiledPolicy> = Array.from({ length: 400 }, (_, number): CompiledPolicy => {
  const named = { namespace: "default", name: String(number).padStart(3, "0") }
  if (number % 10 === 9) return { _tag: "Invalid", ...named, problems: [] }
  const podSelector = number % 10 === 8
    ? undefined
    : Array.from({ length: number % 3 }, (_, index) => requirement(number * 7 + index * 13))
  return { _tag: "Valid", ...named, podSelector, serviceAccountSelector: undefined, groups: [] }
})

const labelSets = [undefined, ...values].flatMap((role) =>
  [undefined, ...values].flatMap((app) =>
    [undefined, "a"].map((odd) =>
      // An own `__proto__`, as JSON.parse makes it.
      Object.fromEntries([["role", role], ["app", app], ["constructor", odd], ["__proto__", odd]].filter(([, value]) => value !== undefined)) as Record<string, string>
    )
  )
)

it("are all policies that match, in the order of the list, and none that is invalid", () => {
  for (const labels of labelSets) {
    const matching = (policy: ValidPolicy) => policy.podSelector === undefined || matches(policy.podSelector, labels)
    const found = candidates(policies, labels)
    const names = found.filter(matching).map(({ name }) => name)
    expect(names, JSON.stringify(labels)).toEqual(policies.filter((policy) => policy._tag === "Valid" && matching(policy)).map(({ name }) => name))
    expect(names.length).toBeGreaterThan(0)
  }
})

it("are few where each policy names an application of its own", () => {
  const many = Array.from({ length: 1_000 }, (_, number): CompiledPolicy => ({
    _tag: "Valid", namespace: "default", name: String(number), podSelector: [{ path: "", key: "app", operator: "In", values: [`app-${number}`] }], serviceAccountSelector: undefined, groups: []
  }))
  expect(candidates(many, { app: "app-7", tier: "web" }).map(({ name }) => name)).toEqual(["7"])
  expect(candidates(many, {})).toEqual([])
})
