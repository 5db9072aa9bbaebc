import { ConfigProvider, Effect } from "effect"
import { defaults, fromConfig } from "@branchline/core/controller/Settings"
import { describe, expect, it } from "vitest"
import { environmentName, environmentNames, flagName } from "../../src/controller/config/Setting.js"
import { type Name, names, settingOf } from "../../src/controller/config/Settings.js"
import { controllerSettings } from "../../src/controller/ControllerSettings.js"
import { aws } from "../../src/controller/config/settings/Aws.js"
import { ec2InMemory } from "../../src/controller/config/settings/Ec2.js"
import { printed } from "../../src/controller/config/Print.js"
import { enough, enoughFor, others, settingsOf, sound, wrong } from "./support.js"

/** Those that can stand alone: what `--json` and `--print-config` need is another one. */
const alone = names.filter((name) => !["backend", "json", "printConfig", "config"].includes(name))

const yamlOf = (name: Name, text: string): string => {
  const { file = "", kind } = settingOf(name)
  const value = kind.yaml === "string" ? JSON.stringify(text) : kind.yaml === "list" ? JSON.stringify(text.split(",")) : text
  const [section = "", key] = file.split(".")
  return key === undefined ? `${section}: ${value}\n` : `${section}:\n  ${key}: ${value}\n`
}

describe("a setting", () => {
  it("has a flag, a variable and a place of its own", () => {
    expect(new Set(names.map(flagName)).size).toBe(names.length)
    const variables = names.flatMap((name) => environmentNames(name, settingOf(name)))
    expect(new Set(variables).size).toBe(variables.length)
    const places = names.flatMap((name) => settingOf(name).file ?? [])
    expect(new Set(places).size).toBe(places.length)
    expect(flagName("leaderElection")).toBe("leader-election")
    expect(environmentName("leaderElection")).toBe("BRANCHLINE_LEADER_ELECTION")
  })

  it.each(names)("%s: a value is the same after it was written and read again", (name) => {
    const { kind, otherwise } = settingOf(name)
    for (const value of [kind.read(others[name]), otherwise].filter((one) => one !== undefined)) expect(kind.read(kind.write(value))).toEqual(value)
  })

  it.each(names)("%s: what is no value of it is refused", (name) => {
    const { kind } = settingOf(name)
    expect(kind.read("")).toEqual(kind.yaml === "list" ? [] : undefined)
    // A file name or an identity may be any text; nothing else takes this one.
    const isAnyText = kind.expected === "a text that is not empty" || name === "ec2InstanceType"
    expect(kind.read("\u0000 no ! value")).toEqual(isAnyText ? "\u0000 no ! value" : undefined)
  })

  it.each(alone)("%s: flag over variable over file over default, and each tells where it comes from", (name) => {
    const { file: place, kind, otherwise, required } = settingOf(name)
    const [other, lasting] = [kind.read(others[name]), otherwise === undefined ? "" : kind.write(otherwise)]
    const flags = required === true ? { backend: "kubernetes" } : enoughFor(name)
    const variable = environmentName(name)
    const text = place === undefined ? undefined : yamlOf(name, others[name])
    const inFile = `controller.yaml:${place?.includes(".") === true ? 2 : 1}`
    const cases = [
      ...(required === true ? [] : [{ said: { flags }, value: otherwise, origin: "default" }]),
      ...(text === undefined ? [] : [{ said: { flags, text }, value: other, origin: inFile }]),
      ...(text === undefined || lasting === "" ? [] : [{ said: { flags, text, environment: { [variable]: lasting } }, value: otherwise, origin: variable }]),
      { said: { flags, environment: { [variable]: others[name] } }, value: other, origin: variable },
      { said: { flags: { ...flags, [name]: others[name] }, environment: { [variable]: lasting } }, value: other, origin: `--${flagName(name)}` }
    ]
    const found = cases.map(({ said }) => sound(said)).map(({ configuration, origins }) => ({ value: configuration[name], origin: origins[name] }))
    expect(found).toEqual(cases.map(({ origin, value }) => ({ value, origin })))
  })

  it("names of core's own Config are heard, after our own", () => {
    for (const name of names) {
      for (const [index, variable] of (settingOf(name).alsoFrom ?? []).entries()) {
        const weaker = Object.fromEntries((settingOf(name).alsoFrom ?? []).slice(index).map((one) => [one, others[name]]))
        const found = sound({ flags: { backend: "kubernetes", ...(name === "clusterName" ? {} : { clusterName: "seed" }) }, environment: weaker })
        expect([found.configuration[name], found.origins[name]]).toEqual([settingOf(name).kind.read(others[name]), variable])
      }
    }
    const both = sound({ environment: { WORKERS: "3", BRANCHLINE_WORKERS: "4" } })
    expect(both.configuration.workers).toBe(4)
  })

  it("an empty variable says nothing", () => {
    expect(sound({ environment: { BRANCHLINE_WORKERS: "", WORKERS: "" } }).origins.workers).toBe("default")
  })
})

describe("what is in force", () => {
  it("is what the core does by itself, where nobody says anything", () => {
    expect(controllerSettings(sound({}).configuration)).toEqual({ ...defaults, clusterName: "seed" })
  })

  it("is what core's Settings.fromConfig reads from the same variables", () => {
    const environment = {
      CLUSTER_NAME: "seed",
      BRANCH_COOLDOWN: "90 seconds",
      VLAN_QUARANTINE: "10 minutes",
      VLAN_REST: "1500 millis",
      SWEEP_INTERVAL: "1 hour",
      ANNOTATION_FORM: "five",
      UNMATCHED: "wait",
      GROUPS_PER_INTERFACE: "7",
      WORKERS: "12",
      IDLE_REUSE: "any-groups",
      IDLE_TIME_TO_LIVE: "5 minutes",
      IDLE_CAP: "2",
      IDLE_ADDRESS_FLOOR: "8",
      EC2_PACING: "false",
      WINDOWS_SERVED: "true"
    }
    const ofCore = Effect.runSync(fromConfig.parse(ConfigProvider.fromEnv({ env: environment })))
    expect(controllerSettings(sound({ flags: { backend: "kubernetes" }, environment }).configuration)).toEqual(ofCore)
  })

  it("counts a short cooldown as 30 seconds, and says so", () => {
    const found = sound({ flags: { ...enough, cooldown: "5s" } })
    expect(controllerSettings(found.configuration).allocation.cooldown).toBe(30_000)
    expect(found.warnings.map(({ field, message }) => `${field}: ${message}`)).toEqual(["--cooldown: 5s counts as 30s"])
  })

  it.each([
    [{ renewDeadline: "30s" }, /^--renew-deadline: the renew deadline \(30s\) has to be less than the lease duration \(30s\), or two could lead at once; /],
    [{ leaseDuration: "12s" }, /^--lease-duration: the renew deadline \(15s\) has to be less than the lease duration \(12s\)/],
    [{ retryPeriod: "13s" }, /^--retry-period: the retry period \(13s\) has to be well below the renew deadline \(15s\)/],
    [{ leaseDuration: "30500ms" }, /^--lease-duration: a Lease counts whole seconds, not 30\.5s; round it$/],
    [{ json: "true" }, /^--json: it is the form of a dry run's plan, and this is none; add --dry-run/],
    [{ dryRun: "true", printConfig: "true" }, /^--print-config: it ends before a dry run begins/],
    [{ backend: "memory" }, /^--backend: memory is the story's/],
    [{ region: "eu-west-1" }, /^--region: it is for the real EC2, and this one is in memory; leave it out, or say --backend aws$/],
    [{ backend: "aws", ec2Throttle: "documented" }, /^--ec2-throttle: it is for the EC2 in memory, and this one is real; leave it out, or say --backend kubernetes$/],
    [{ backend: "aws", clusterRoleExternalId: "x" }, /^--cluster-role-external-id: there is no role that it is for; say cluster-role-arn, too$/],
    [{ mode: "observe", dryRun: "true" }, /^--dry-run: it looks once, and observing goes on; leave one of the two out$/]
  ])("%j is no set of settings", (more, message) => {
    const lines = wrong({ flags: { ...enough, ...more } })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(message)
  })

  it.each([
    [{ requestTimeout: "15s" }, "--request-timeout: a request of this leader (15s) may still be on its way when another one leads (15s after the renew deadline); make the request timeout shorter, or the lease longer"],
    [{ idleCap: "3" }, "--idle-cap: nothing is kept idle, so it changes nothing; set idle-reuse, too"],
    [{ webhookAddress: "off", webhookCertDir: "/tls" }, "--webhook-cert-dir: no webhook is served, so it changes nothing; leave webhook-address as it is"]
  ])("%j is not what it seems, and that is said", (more, line) => {
    expect(sound({ flags: { ...enough, ...more } }).warnings.map(({ field, mend, message }) => `${field}: ${message}; ${mend}`)).toEqual([line])
  })

  it("a variable that nearly is one of ours is a slip, one that Kubernetes makes is none", () => {
    const environment = {
      BRANCHLINE_WORKER: "3",
      BRANCHLINE_WEBHOOK_SERVICE_HOST: "10.0.0.1",
      BRANCHLINE_WEBHOOK_PORT: "tcp://10.0.0.1:443",
      BRANCHLINE_WEBHOOK_PORT_443_TCP: "tcp://10.0.0.1:443",
      WORKER: "3"
    }
    expect(sound({ environment }).warnings).toEqual([
      { field: "BRANCHLINE_WORKER", message: "there is no such setting, so it changes nothing", mend: "did you mean BRANCHLINE_WORKERS?" }
    ])
  })

  it("everything that is wrong is told at once, by its place", () => {
    expect(wrong({
      flags: { backend: "kubernetes", workers: "0", retryPeriod: "15s" },
      environment: { BRANCHLINE_QPS: "many", UNMATCHED: "perhaps" }
    })).toEqual([
      "cluster name: it is not known; say it: --cluster-name, BRANCHLINE_CLUSTER_NAME, CLUSTER_NAME or cluster.name in the file",
      "UNMATCHED: it is \"perhaps\"; it has to be node-groups or wait",
      "--workers: it is \"0\"; it has to be a whole number from 1 to 4096",
      "BRANCHLINE_QPS: it is \"many\"; it has to be a whole number from 0 to 100000",
      "--retry-period: the retry period (15s) has to be well below the renew deadline (15s), or one try decides; a third of the deadline is usual"
    ])
  })

  it("what a stronger word hides is not looked at", () => {
    expect(sound({ flags: { ...enough, workers: "3" }, environment: { BRANCHLINE_WORKERS: "many" } }).configuration.workers).toBe(3)
  })
})

describe("what is printed", () => {
  it.each(["kubernetes", "aws"] as const)("is a file that makes the same settings again, for %s", (backend) => {
    const common = alone.filter((name) => !Object.hasOwn(aws, name) && !Object.hasOwn(ec2InMemory, name) && name !== "dryRun")
    const own = Object.keys(backend === "aws" ? aws : ec2InMemory) as ReadonlyArray<Name>
    const found = sound({ flags: { ...Object.fromEntries([...common, ...own].map((name) => [name, others[name]])), backend } })
    const again = sound({ flags: {}, text: printed(found) })
    expect(again.configuration).toEqual(found.configuration)
    const inFile = names.filter((name) => settingOf(name).file !== undefined && found.configuration[name] !== undefined)
    expect(inFile.filter((name) => !again.origins[name].startsWith("controller.yaml:"))).toEqual([])
  })

  it("tells of every setting where it comes from, and what holds where it is not set", () => {
    const text = printed(sound({ flags: { ...enough, printConfig: "true" }, environment: { POD_NAME: "replica-1" }, text: "calls: {qps: 7}\n" }))
    for (const line of [
      "# print-config: true # --print-config",
      "  name: seed # --cluster-name",
      "  identity: replica-1 # POD_NAME",
      "  qps: 7 # controller.yaml:1",
      "  cooldown: 1m # default",
      "  # limits: not set",
      "  # context: not set: the kubeconfig's current-context"
    ]) expect(text.split("\n")).toContain(line)
    for (const { file = "" } of names.map(settingOf)) expect(text).toContain(file.slice(file.indexOf(".") + 1))
  })

  it("never has a password in it", () => {
    const text = printed(sound({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "https://me:s3cret@collector:4318/" } }))
    expect(text).toContain("otlpEndpoint: \"https://me:***@collector:4318/\" # OTEL_EXPORTER_OTLP_ENDPOINT")
    expect(text).not.toContain("s3cret")
  })
})

describe("texts that look like something else", () => {
  it.each(["1e3", "0x10", "true", "No", "null", "12", "-1", ".inf", "a b", "#x", "a: b", "\"", "a #b", "1_000", "~"])("an identity %j is printed so that it is read again", (identity) => {
    const found = sound({ flags: { ...enough, identity } })
    expect(settingsOf({ flags: {}, text: printed(found) })).toMatchObject({ configuration: { identity } })
  })
})
