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
    "The cluster and EC2 are looked at together at the start, and what is wrong is told of both, one line each with its mend. Where nobody answers, a pod goes on trying",
    "and says so now and then; a process at a desk ends at once with code 2 (`--wait-for-cluster` decides otherwise). What may have been granted or set up a moment ago",
    "(a permission, a custom resource, a role, its association with the service account, the clock) ends it at a desk at once, and in a pod after 30 seconds; the pod is",
    "then started again, and says the same until somebody mends it.",
    "",
    "A replica that loses the lease goes back to waiting; its webhooks go on. SIGTERM and SIGINT end it within 5 seconds: no new work is begun, what has begun is",
    "finished, the lease is given back so that the next leader need not wait, and the webhooks are served for one second more.",
    "",
    "## EC2",
    "",
    "| `--backend` | cluster | EC2 |",
    "|---|---|---|",
    "| `memory` | in memory: a story | in memory |",
    "| `kubernetes` | that of the kubeconfig, or of the pod's service account | in the process's memory, and ends with it: for one replica and a look. Each node of the cluster has an instance in it, of the type that its label `node.kubernetes.io/instance-type` names |",
    "| `aws` | the same | EC2, through the AWS SDK. Trunk and branch calls are open only to accounts that AWS allows |",
    "",
    "### Who asks EC2",
    "",
    "Credentials are found as every program finds them that uses the AWS SDK; the first of these that is there counts:",
    "",
    "| way | what says so |",
    "|---|---|",
    "| a profile that is named | `--profile`, or `AWS_PROFILE` |",
    "| keys | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and `AWS_SESSION_TOKEN` where they are temporary |",
    "| the role of the service account (IRSA) | the annotation `eks.amazonaws.com/role-arn` on the ServiceAccount, from which EKS sets `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_REGION` in its pods |",
    "| EKS Pod Identity | an association of the ServiceAccount with a role, from which EKS sets `AWS_CONTAINER_CREDENTIALS_FULL_URI`, a token and `AWS_REGION` |",
    "| the instance's role | the metadata service of the instance; the Region has to be said: `--region`, or `AWS_REGION` |",
    "",
    "With `--cluster-role-arn` (and `--cluster-role-external-id`) that role is assumed, and does everything but permissions and associations, which stay the controller's",
    "own. Temporary credentials are renewed before they end. What the roles have to be allowed, and whom they have to trust, is in [deploy/iam](../deploy/iam/README.md).",
    "",
    "At the start STS is asked once who the controller is (`--account` makes that unnecessary), and EC2, by dry runs, whether it allows what can be asked about without",
    "touching anything. What it refuses only at work is told by the events of the node or the pod and in the log, with the action that is missing.",
    "",
    "### Where EC2 is",
    "",
    "`--region`, else `AWS_REGION`, else the profile's. The Region's own endpoint, of another kind with `--fips` or `--dualstack`, unless one is named: `--ec2-endpoint`,",
    "`--sts-endpoint`, `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL_STS`, or `AWS_ENDPOINT_URL` for both.",
    "",
    "### Trying it without AWS",
    "",
    "`branchline-ec2` is an EC2 in memory that speaks EC2's own protocol, outlives controllers, and is shared by replicas. The nodes' instances have to be in it, by the",
    "ids that their `spec.providerID` has:",
    "",
    "```sh",
    "npx branchline-ec2 --port 4566 --any-group &",
    "ec2=http://127.0.0.1:4566 api=$ec2/_branchline/control",
    "curl -s $api/addSubnet -d '[{\"cidr\": \"192.168.0.0/16\"}]'                                             # tells the subnet's id",
    "curl -s $api/launchInstance -d '[{\"instanceId\": \"i-…\", \"type\": \"m5.large\", \"subnetId\": \"subnet-…\"}]' # for each node",
    "export AWS_REGION=us-west-2 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any",
    "AWS_ENDPOINT_URL=$ec2 npm start -- --backend aws --cluster-name seed --webhook-address off",
    "```",
    "",
    "`curl $ec2/_branchline/` tells what else it can be told: faults, latency, throttling, IAM policies, roles.",
    "",
    "## Memory",
    "",
    "`npm start` and the image run Node with `--max-semi-space-size=4 --heap-growing-percent=40` and `MALLOC_ARENA_MAX=1`; do the same where you start",
    "`examples/dist/main.js` yourself. V8 left to itself lets garbage grow to many times of what lives: at a restart with 1,000 nodes and 5,000 pods of 8 KB, where about",
    "60 MB live, the process peaks at 410 MB without and at 230 MB with the two flags, for an eighth more processor time. glibc left to itself keeps an arena for each",
    "thread: with 500 pods at once the process peaks at 161 MiB, and at 148 MiB with one arena. None of them is a limit: what lives in a bigger",
    "cluster has all the room that Node gives.",
    "",
    "## Settings",
    "",
    settingsTable()
  ].join("\n")
  await expect(text).toMatchFileSnapshot("../../CONTROLLER.md")
})
