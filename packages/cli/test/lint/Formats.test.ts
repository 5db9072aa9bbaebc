import { describe, expect, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { gitHub } from "../../src/lint/format/GitHub.js"
import { sarif } from "../../src/lint/format/Sarif.js"
import { text } from "../../src/lint/format/Text.js"
import { lintTexts } from "../../src/lint/Manifests.js"
import { Report } from "../../src/lint/Report.js"
import { rules } from "../../src/lint/Rules.js"
import { coloured } from "../../src/output/Style.js"
import { page, pageOf } from "./Pages.js"
import { SarifLog } from "./SarifLog.js"

/** What is wrong with a log as it is written, in a line; undefined where nothing is. */
const problemOf = (log: unknown): string | undefined => {
  const read = Schema.decodeUnknownResult(SarifLog)(JSON.parse(JSON.stringify(log)), { onExcessProperty: "error" })
  return Result.isFailure(read) ? String(read.failure) : undefined
}

const reports = rules.map((rule) => pageOf(rule).bad.report)

const twoGroups = `apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  securityGroups:
    groupIds: [rds, "50%, or: more"]
`

describe("SARIF", () => {
  it("is what the standard names, whatever was found", () => {
    for (const report of reports) expect(problemOf(sarif(report, "1.2.3"))).toBeUndefined()
    expect(reports.flatMap(({ findings }) => findings).length).toBeGreaterThan(rules.length - 1)
  })

  it("is checked by a schema that sees what is wrong", () => {
    const log = sarif(reports[0]!, "1.2.3")
    const [run] = log.runs
    const [result] = run?.results ?? []
    const broken = (runs: unknown): string => problemOf({ ...log, runs }) ?? ""
    expect(broken([{ ...run, tool: undefined }])).toContain(`["tool"]`)
    expect(broken([{ ...run, results: [{ ...result, level: "fatal" }] }])).toContain(`["level"]`)
    expect(broken([{ ...run, results: [{ ...result, where: 1 }] }])).toContain(`["where"]`)
    expect(broken([{ ...run, results: [{ ...result, locations: [{ physicalLocation: { artifactLocation: { uri: "a" }, region: { startLine: 0, startColumn: 1 } } }] }] }])).toContain(`["startLine"]`)
    expect(broken([{ ...run, results: [{ ...result, locations: [{ physicalLocation: { artifactLocation: { uri: "a b" }, region: { startLine: 1, startColumn: 1 } } }] }] }])).toContain("a URI reference")
  })

  it("names a rule of its list in every result, and the line and column of files", () => {
    const report = lintTexts({ texts: [{ name: "my charts/sgp.yaml", text: twoGroups }] })
    const run = sarif(report, "1.2.3").runs[0]!
    const result = run.results[0]!
    expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
    expect(result.locations[0]?.physicalLocation).toEqual({ artifactLocation: { uri: "my%20charts/sgp.yaml" }, region: { startLine: 7, startColumn: 16 } })
  })
})

describe("GitHub workflow commands", () => {
  it("are one line for each finding, with what may not stand there escaped", () => {
    const report = lintTexts({ texts: [{ name: "a,b:c.yaml", text: twoGroups }] })
    const lines = gitHub(report).split("\n")
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^::error file=a%2Cb%3Ac\.yaml,line=7,col=16,title=group-id-malformed::"rds" is no id of a security group%0A/)
    expect(lines[1]).toContain("::\"50%25, or: more\" is no id")
  })

  it("name no file where the text came by the standard input, but what helm made it from", () => {
    expect(gitHub(lintTexts({ texts: [{ name: "-", text: `# Source: shop/templates/sgp.yaml\n${twoGroups}` }] })).split("\n")[0]).toMatch(
      /^::error title=group-id-malformed::shop\/templates\/sgp\.yaml \(SecurityGroupPolicy shop\/db\): "rds" is no id/
    )
    expect(gitHub(lintTexts({ texts: [{ name: "-", text: twoGroups }] }))).toMatch(/^::error title=group-id-malformed::-:7:16: "rds" is no id/)
  })

  it("are nothing where nothing was found", () => {
    expect(gitHub(lintTexts({ texts: [] }))).toBe("")
  })
})

describe("the text for people", () => {
  it("keeps to the page's width, but for a place", () => {
    for (const width of [40, 80, 100]) {
      for (const report of reports) {
        const lines = text(report, { ...page, width }).split("\n").filter((line) => !/^\S*:\d+:\d+$/.test(line))
        expect(lines.filter((line) => [...line].length > width)).toEqual([])
      }
    }
  })

  it("says the same with colours as without", () => {
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    const bare = (colours: string): string => colours.replace(/\u001b\[\d+m/g, "")
    for (const report of reports) {
      expect(bare(text(report, { ...page, style: coloured }))).toBe(text(report, page))
      expect(text(report, { ...page, style: coloured })).not.toBe(text(report, page))
    }
  })

  it("tells which rules could not judge, and what they lack", () => {
    expect(text(lintTexts({ texts: [{ name: "sgp.yaml", text: twoGroups }] }), page)).toContain("Not judged: group-absent and group-in-other-vpc (nobody asked EC2 for the groups).")
  })
})

describe("the report", () => {
  it("is what its schema says", () => {
    for (const report of reports) expect(Schema.decodeUnknownSync(Report, { onExcessProperty: "error" })(JSON.parse(JSON.stringify(Schema.encodeSync(Report)(report))))).toEqual(report)
  })
})
