import { describe, expect, it } from "vitest"
import { controllerHelp, exitCodes, settingsTable } from "../../src/controller/config/Help.js"
import { flagName, groups } from "../../src/controller/config/Setting.js"
import { names } from "../../src/controller/config/Settings.js"
import { wholeHelpText } from "../../src/WholeHelp.js"

const lines = (text: string): ReadonlyArray<string> => text.split("\n")

describe("help", () => {
  it("of the controller names every setting once, in its group, and every exit code, on lines of 100", () => {
    const text = controllerHelp()
    for (const name of names) expect(lines(text).filter((line) => line.startsWith(`  --${flagName(name)} `) || line === `  --${flagName(name)}`), name).toHaveLength(1)
    const places = groups.map((group) => lines(text).indexOf(group.toUpperCase()))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    for (const [code] of exitCodes) expect(text).toMatch(new RegExp(`^  ${code} `, "m"))
    expect(Math.max(...lines(text).map(({ length }) => length))).toBeLessThanOrEqual(100)
  })

  it.each([
    ["a whole number", "  --workers <n>                 How many pods and nodes are worked on at the same time. Default: 128."],
    ["a choice", "  --unmatched node-groups|wait  What becomes of a pod that asks for a branch and matches no policy:"],
    ["a switch that is on", "                                Default: on (--no-ec2-pacing)."],
    ["a setting without a default", "                                spells it. Has to be said."],
    ["a default in words", "  --otlp-endpoint <url>         Where traces go, by OTLP over HTTP. Default: no traces."]
  ])("shows %s", (_, line) => {
    expect(lines(controllerHelp())).toContain(line)
  })

  it("of both programs has the story's flags, too", async () => {
    const text = await wholeHelpText()
    for (const flag of ["--manifests, -f <path>", "--nodes <n>", "--speed <factor>", "--serve <port>"]) expect(text).toContain(`  ${flag}`)
    for (const name of names) expect(text).toContain(`  --${flagName(name)}`)
    expect(Math.max(...lines(text).map(({ length }) => length))).toBeLessThanOrEqual(100)
  })
})

it("examples/CONTROLLER.md has the table of all settings (vitest run examples/test/controller/help.test.ts -u writes it)", async () => {
  const codes = exitCodes.map(([code, means]) => `| ${code} | ${means}. |`)
  const text = [
    "# The controller's settings",
    "",
    "`npm start -- --backend kubernetes`. Flags win over the environment, the environment over the file (`--config controller.yaml`); of several variables the first",
    "one wins. Lengths of time are written as Go writes them: `500ms`, `90s`, `1m30s`. `--print-config` prints what is in force and where each value comes",
    "from, as a file that `--config` takes. What is wrong is told all at once, by its place: a flag, a variable, or `file:line`.",
    "",
    "## Exit codes",
    "",
    "| code | what happened |",
    "|---|---|",
    ...codes,
    "",
    "Where no API server answers at start, a pod goes on trying and says so now and then; a process at a desk ends at once with code 2",
    "(`--wait-for-cluster` decides otherwise). A permission or a custom resource that is missing ends it at a desk at once, and in a pod after 30 seconds, for",
    "an API server that has just started knows no roles yet; the pod is then started again, and says the same until somebody mends it.",
    "",
    "A replica that loses the lease goes back to waiting; its webhooks go on. SIGTERM and SIGINT end it within 5 seconds: no new work is begun, what has begun is",
    "finished, the lease is given back so that the next leader need not wait, and the webhooks are served for one second more.",
    "",
    "## EC2",
    "",
    "Trunk and branch calls are open only to accounts that AWS allows, so EC2 is in memory: in the process, which suits one replica and a look, or in a process of",
    "its own (`node examples/dist/ec2/main.js --port 8700 --any-group`) that replicas share with `--ec2-endpoint http://127.0.0.1:8700` and that outlives them. For",
    "each node of the cluster it gets an instance of the type that the node's label `node.kubernetes.io/instance-type` names.",
    "",
    "## Memory",
    "",
    "`npm start` and the image run Node with `--max-semi-space-size=4 --heap-growing-percent=40`; do the same where you start `examples/dist/main.js` yourself. V8 left to",
    "itself lets garbage grow to many times of what lives: at a restart with 1,000 nodes and 5,000 pods of 8 KB, where about 60 MB live, the process peaks at 410 MB",
    "without and at 230 MB with them, for an eighth more processor time. They are no limit: what lives in a bigger cluster has all the room that Node gives.",
    "",
    "## Settings",
    "",
    settingsTable()
  ].join("\n")
  await expect(text).toMatchFileSnapshot("../../CONTROLLER.md")
})
