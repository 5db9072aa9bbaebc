import { describe, expect, it } from "vitest"
import { fileOf, sound } from "./support.js"

const refusals: ReadonlyArray<readonly [what: string, text: string, lines: ReadonlyArray<string>]> = [
  ["a key that is nearly one", "calls:\n  qsp: 3\n", ["controller.yaml:2: calls.qsp: there is no such setting; did you mean calls.qps?"]],
  ["a section that is nearly one", "webhook:\n  address: \":9443\"\n", ["controller.yaml:1: webhook: there is no such setting; did you mean webhooks?"]],
  ["a key of another section", "cluster:\n  name: a\n  workers: 3\n", ["controller.yaml:3: cluster.workers: there is no such setting; did you mean controller.workers?"]],
  ["a key that is nothing like any", "cluster: {zzzzzzzz: 1}\n", [
    "controller.yaml:1: cluster.zzzzzzzz: there is no such setting; there is cluster.name, cluster.kubeconfig, cluster.context, cluster.waitForCluster, cluster.requestTimeout"
  ]],
  ["a number where a text belongs", "cluster:\n\n  name: 12\n", [
    "controller.yaml:3: cluster.name: it is 12; it has to be a text that is not empty (what looks like a number or a switch is a text in quotes)"
  ]],
  ["a text where a number belongs", "controller: {workers: \"8\"}\n", ["controller.yaml:1: controller.workers: it is \"8\"; it has to be a whole number from 1 to 4096"]],
  ["a number out of range", "ec2:\n  groupsPerInterface: 17\n", ["controller.yaml:2: ec2.groupsPerInterface: it is 17; it has to be a whole number from 1 to 16"]],
  ["a fraction where a whole number belongs", "calls: {qps: 1.5}\n", ["controller.yaml:1: calls.qps: it is 1.5; it has to be a whole number from 0 to 100000"]],
  ["a bare number as a length of time", "branches: {cooldown: 60}\n", [
    "controller.yaml:1: branches.cooldown: it is 60; it has to be a length of time such as 90s, 5m or 1m30s (what looks like a number or a switch is a text in quotes)"
  ]],
  ["a switch that is a text", "ec2: {pacing: \"yes\"}\n", ["controller.yaml:1: ec2.pacing: it is \"yes\"; it has to be true or false"]],
  ["an address without a port", "operations: {metrics: localhost}\n", [
    "controller.yaml:1: operations.metrics: it is \"localhost\"; it has to be host:port with a port from 0 to 65535, or off"
  ]],
  ["a port that there is not", "operations: {metrics: \":65536\"}\n", [
    "controller.yaml:1: operations.metrics: it is \":65536\"; it has to be host:port with a port from 0 to 65535, or off"
  ]],
  ["a list with a wrong element", "ec2: {subnets: [10.0.0.0/8]}\n", [
    "controller.yaml:1: ec2.subnets: it is [\"10.0.0.0/8\"]; it has to be IPv4 CIDRs from /16 to /28, with a zone where there are several, such as 10.0.0.0/19@eu-west-1a"
  ]],
  ["a section that is none", "cluster: seed\n", ["controller.yaml:1: cluster: it is \"seed\"; it has to be a mapping of settings"]],
  ["a setting of the command line", "config: x\ndryRun: true\n", [
    "controller.yaml:1: config: there is no such setting; there is cluster, branches, pods, controller, ec2, aws, leadership, webhooks, operations, calls, backend, mode, lookEvery",
    "controller.yaml:2: dryRun: there is no such setting; there is cluster, branches, pods, controller, ec2, aws, leadership, webhooks, operations, calls, backend, mode, lookEvery"
  ]],
  ["a broken YAML", "cluster:\n  name: a\n   context: b\n", [
    "controller.yaml:2: this is no YAML: Nested mappings are not allowed in compact mappings (column 9); mend the syntax"
  ]],
  ["a key that is there twice", "calls:\n  qps: 1\n  qps: 2\n", ["controller.yaml:3: this is no YAML: Map keys must be unique (column 3); mend the syntax"]],
  ["two documents", "calls: {qps: 1}\n---\ncalls: {qps: 2}\n", ["controller.yaml:3: the file has more than one document; write all settings in one"]],
  ["everything at once", "calls: {qps: x}\nbackend: azure\nfoo: 1\n", [
    "controller.yaml:1: calls.qps: it is \"x\"; it has to be a whole number from 0 to 100000",
    "controller.yaml:2: backend: it is \"azure\"; it has to be memory, kubernetes or aws",
    "controller.yaml:3: foo: there is no such setting; there is cluster, branches, pods, controller, ec2, aws, leadership, webhooks, operations, calls, backend, mode, lookEvery"
  ]]
]

describe("a settings file", () => {
  it.each(refusals)("with %s: every line that is wrong, and its mend", (_, text, lines) => {
    const found = fileOf(text)
    const told = Array.isArray(found) ? found : []
    // The YAML library's own words are its own.
    expect(told.map((line) => line.replace(/(?<=this is no YAML: ).*(?= \(column)/, "…"))).toEqual(
      lines.map((line) => line.replace(/(?<=this is no YAML: ).*(?= \(column)/, "…"))
    )
  })

  it("may be empty, and a key without a value says nothing", () => {
    expect(sound({ text: "" }).origins.workers).toBe("default")
    expect(sound({ text: "cluster:\ncontroller:\n  workers:\n" }).origins.workers).toBe("default")
  })

  it("may be JSON", () => {
    expect(sound({ text: "{\"controller\": {\"workers\": 5}}" }).configuration.workers).toBe(5)
  })
})
