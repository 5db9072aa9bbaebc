import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { lintTexts } from "../../src/lint/Manifests.js"
import { parseSettings } from "../../src/lint/Settings.js"

const policy = (first: string, beforeId = "", behindId = ""): string => `${first}apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata:
  name: db
spec:
  podSelector: {}
  securityGroups:
    groupIds:
${beforeId}      - rds${behindId}
`

const told = (text: string, config?: string): ReadonlyArray<string> =>
  lintTexts({ texts: [{ name: "a.yaml", text }], ...(config === undefined ? {} : { settings: Result.getOrThrow(parseSettings("lint.yaml", config)) }) })
    .findings.map(({ place, rule }) => `${rule} ${place.file}:${place.line}`)

describe("a comment", () => {
  it("at the head of a document is about all of it", () => {
    for (const head of ["# branchline-lint-disable selector-matches-everything group-id-malformed\n", "#branchline-lint-disable selector-matches-everything, group-id-malformed -- both are meant\n# more\n"]) {
      expect(told(policy(head))).toEqual([])
      expect(told(`---\n${policy(head)}`)).toEqual([])
    }
    expect(told(`${policy("")}---\n${policy("# branchline-lint-disable selector-matches-everything group-id-malformed\n")}`)).toEqual([
      "object-twice a.yaml:4", "selector-matches-everything a.yaml:6", "group-id-malformed a.yaml:9", "object-twice a.yaml:15"
    ])
  })

  it("on a line of its own is about the next line, behind something about its own", () => {
    const rest = "selector-matches-everything a.yaml:6"
    expect(told(policy("", "      # branchline-lint-disable group-id-malformed\n"))).toEqual([rest])
    expect(told(policy("", "      # branchline-lint-disable group-id-malformed\n      # a name, put in by Terraform\n\n"))).toEqual([rest])
    expect(told(policy("", "", " # branchline-lint-disable group-id-malformed"))).toEqual([rest])
    expect(told(policy("", "", "\n# branchline-lint-disable group-id-malformed"))).toEqual([rest, "group-id-malformed a.yaml:9", "disable-unused a.yaml:10"])
  })

  it("that keeps nothing quiet is told", () => {
    expect(told(policy("# branchline-lint-disable grace-period-zero\n", "", " # branchline-lint-disable group-id-malformed"))).toEqual([
      "disable-unused a.yaml:1", "selector-matches-everything a.yaml:7"
    ])
  })

  it("behind the last field of a document is about nothing", () => {
    const report = lintTexts({ texts: [{ name: "a.yaml", text: `${policy("", "", "\n# branchline-lint-disable object-twice\n---\n#")}kind: A\n` }] })
    expect(report.findings.filter(({ rule }) => rule === "disable-unused").map(({ message }) => message)).toEqual(["rule object-twice has nothing to tell at the end of a document"])
  })

  it("that names no rule, or one that there is not, is told, with the rule that was meant", () => {
    const report = lintTexts({ texts: [{ name: "a.yaml", text: policy("# branchline-lint-disable\n# branchline-lint-disable group-id-malformd\n") }] })
    expect(report.findings.filter(({ rule }) => rule === "disable-unknown-rule").map(({ mend, place }) => [place.line, place.column, mend])).toEqual([
      [1, 1, "name the rule: # branchline-lint-disable RULE"], [2, 27, "write group-id-malformed"]
    ])
  })

  it("whose rule lacks the facts to judge may be needed, and is not told", () => {
    expect(told(policy("# branchline-lint-disable group-absent\n"))).not.toContain("disable-unused a.yaml:1")
  })

  it("is none inside of a text", () => {
    const inText = "kind: ConfigMap\napiVersion: v1\ndata:\n  a: |\n    # branchline-lint-disable nothing\n  b: '# branchline-lint-disable nothing'\n  c: x# branchline-lint-disable nothing\n"
    expect(told(inText)).toEqual([])
    expect(told("kind: A # branchline-lint-disabled nothing\n")).toEqual([])
    expect(told("--- |\n# branchline-lint-disable nothing\n")).toEqual(["unreadable a.yaml:1"])
  })

  it("is counted where it keeps something quiet", () => {
    expect(lintTexts({ texts: [{ name: "a.yaml", text: policy("# branchline-lint-disable group-id-malformed\n") }] }).silenced).toBe(1)
  })
})

describe("a config file", () => {
  it("switches a rule off, or gives it another severity", () => {
    expect(told(policy(""), "rules:\n  group-id-malformed: off\n  selector-matches-everything: off\n")).toEqual([])
    const settings = Result.getOrThrow(parseSettings("lint.yaml", "rules: {selector-matches-everything: error}"))
    expect(lintTexts({ texts: [{ name: "a.yaml", text: policy("") }], settings }).findings.map(({ severity }) => severity)).toEqual(["error", "error"])
  })

  it("that names a rule that there is not is told, with its line", () => {
    expect(told("", "# mine\nrules:\n  group-id-malformd: off\n")).toEqual(["disable-unknown-rule lint.yaml:3"])
  })

  it("may be empty", () => {
    expect(told("", "")).toEqual([])
    expect(told("", "# nothing yet\n")).toEqual([])
  })

  it("that cannot be read, or says what cannot be, is no settings: all lines are told", () => {
    const failed = (config: string): string => {
      const read = parseSettings("lint.yaml", config)
      return Result.isFailure(read) ? read.failure.message : ""
    }
    expect(failed("rules: [")).toContain("lint.yaml:1: this is no YAML")
    expect(failed("- a")).toContain("lint.yaml:1:")
    expect(failed("rules:\n  group-absent: never\nsettings:\n  groupsPerInterface: 17\n  vpcs: x\n")).toMatch(/lint\.yaml:2: rules\.group-absent: .*\n?.*lint\.yaml:4: settings\.groupsPerInterface: /s)
    expect(failed("rules:\n  group-absent: never\nsettings:\n  vpcs: x\n")).toContain("lint.yaml:4: settings.vpcs")
    expect(failed("settings:\n  instanceTypes:\n    m5.large: {branches: 500}\n")).toContain("lint.yaml:2: settings.instanceTypes")
  })

  it("says the namespace of manifests that name none", () => {
    const workload = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {app: db}}\nspec: {containers: []}\n"
    const text = `${policy("").replace("{}", "{matchLabels: {app: dba}}").replace("rds", "sg-0a1b2c3d4e5f60718")}---\n${workload}`
    expect(told(text)).toEqual([])
    expect(told(text, "settings: {namespace: shop}")).toEqual(["selector-matches-nothing a.yaml:6"])
  })
})
