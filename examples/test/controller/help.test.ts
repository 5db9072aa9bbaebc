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
    ["a whole number", "  --idle-cap <n>                How many idle branches a node keeps. Default: 4."],
    ["a choice", "  --unmatched node-groups|wait  What becomes of a pod that asks for a branch and matches no policy:"],
    ["a switch that is on", "                                first, then what is learned of them. Default: on (--no-ec2-pacing)."],
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
    "`npm start -- --backend aws`, or `kubernetes`. Flags win over the environment, the environment over the file (`--config controller.yaml`); of several variables the first",
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
    "`--backend aws` works on EC2 through the AWS SDK. Trunk and branch calls are open only to accounts that AWS allows. Credentials, Region and endpoint are found as",
    "every program that uses the SDK finds them: `AWS_ACCESS_KEY_ID` and its like, a profile, the service account's role (IRSA: `AWS_ROLE_ARN` and",
    "`AWS_WEB_IDENTITY_TOKEN_FILE`), EKS pod identity (`AWS_CONTAINER_CREDENTIALS_FULL_URI`), the instance's role; `AWS_REGION`; `AWS_ENDPOINT_URL_EC2` or",
    "`AWS_ENDPOINT_URL`. With `--cluster-role-arn` that role is assumed for everything but permissions and associations, which stay the controller's own. Before it",
    "leads it asks STS who it is and EC2 whether it may look; what is wrong is told in one line with its mend. What the role has to be allowed is in `deploy/iam`.",
    "",
    "To try it without an account: `npx branchline-ec2 --port 4566 --any-group` is an EC2 in memory that speaks EC2's own protocol, outlives controllers and is shared",
    "by replicas; `AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-west-2 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any npm start -- --backend aws --cluster-name seed`",
    "uses it. The nodes' instances have to be in it: `POST /_branchline/control/launchInstance` (`GET /_branchline/` tells the rest).",
    "",
    "`--backend kubernetes` has an EC2 in the process's memory, which ends with it: it suits one replica and a look. For each node of the cluster it gets an instance of",
    "the type that the node's label `node.kubernetes.io/instance-type` names.",
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
