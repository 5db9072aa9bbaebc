import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
import { Effect, Exit, Scope } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Ec2Program, region, startEc2 } from "../../support/Binaries.js"
import { applyRights, controllerUser } from "../../cli/World.js"
import { type ControlPlane, startControlPlane } from "../../support/ControlPlane.js"
import { eventually, freePorts, type Program } from "../../support/Program.js"
import { clockAhead, ended, errorsOf, type Environment, started } from "./Setup.js"

const minute = 60_000
const role = "arn:aws:iam::111122223333:role/cluster"
const nobody: Environment = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }

let plane: ControlPlane
let ec2: Ec2Program
let kubeconfig = ""
const paths = { away: "", noToken: "", token: "" }
const expired: Record<string, string> = {}
const scope = Scope.makeUnsafe()
const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> => Effect.runPromise(Scope.provide(effect, scope))
const running = new Set<Program>()

/** A session of one second, which is over. */
const expire = async (): Promise<void> => {
  const client = new STSClient({ region, endpoint: ec2.endpoint, credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" } })
  const { Credentials: given } = await client.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "short", DurationSeconds: 1 }))
  client.destroy()
  Object.assign(expired, { AWS_ACCESS_KEY_ID: given?.AccessKeyId, AWS_SECRET_ACCESS_KEY: given?.SecretAccessKey, AWS_SESSION_TOKEN: given?.SessionToken })
  await eventually("the session is over", () => Date.now() > (given?.Expiration?.getTime() ?? 0) ? true : undefined)
}

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  await applyRights(plane)
  kubeconfig = await plane.kubeconfig(controllerUser)
  paths.away = await plane.kubeconfig(controllerUser, { server: "https://127.0.0.1:1" })
  paths.noToken = join(plane.folder, "no-token")
  paths.token = join(plane.folder, "token")
  writeFileSync(paths.token, "a.b.c")
  ec2 = await run(startEc2())
  await expire()
})
afterEach(async () => {
  await Promise.all([...running].map(({ stop }) => stop("SIGKILL")))
  running.clear()
  await run(ec2.control.liftPolicy())
  await run(ec2.control.setRoles(undefined))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await plane?.stop()
})

interface Given {
  readonly env?: () => Environment
  readonly flags?: ReadonlyArray<string>
  readonly before?: () => Effect.Effect<void, unknown>
}

const everythingBut = (...actions: ReadonlyArray<string>) => ({ Statement: { Effect: "Allow" as const, NotAction: actions, Resource: "*" } })
const without = (action: string) => ({
  Statement: [{ Effect: "Allow" as const, Action: "*", Resource: "*" }, { Effect: "Deny" as const, Action: action, Resource: "*" }]
})
const only = (externalId?: string) => () => ec2.control.setRoles([{ arn: role, ...(externalId === undefined ? {} : { externalId }) }])
const webIdentity = (): Environment => ({ ...nobody, AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/other", AWS_WEB_IDENTITY_TOKEN_FILE: paths.token })

const refusals: ReadonlyArray<readonly [what: string, given: Given, message: RegExp]> = [
  ["no credentials", { env: () => nobody }, /^AWS has no credentials: .*; give the controller credentials: an IAM role for its service account, pod identity, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY$/],
  ["no Region", { env: () => ({ AWS_REGION: undefined }) }, /^no Region is known; name it with --region, AWS_REGION, or in the profile$/],
  ["a Region in which the account is not", { flags: ["--region", "eu-north-1"] }, /^EC2 \(eu-north-1 at .*\) answers DescribeInstances with AuthFailure: .*'eu-north-1'.*; check the credentials, their account, and that the Region is one that the account uses$/],
  ["a Region that there is not, and so no host", { env: () => ({ AWS_ENDPOINT_URL: "http://ec2.eu-nowhere-1.invalid" }) }, /^STS cannot be reached: (ENOTFOUND|EAI_AGAIN): nobody answers \(.*ec2\.eu-nowhere-1\.invalid\); check (the Region's name and the endpoint: no such host|this machine's DNS)$/],
  ["an endpoint that is down", { flags: ["--ec2-endpoint", "http://127.0.0.1:1", "--account", "111122223333"] }, /^EC2 \(eu-west-1 at http:\/\/127\.0\.0\.1:1, as account 111122223333\) cannot be reached: ECONNREFUSED: nobody answers \(.*127\.0\.0\.1:1\); check the endpoint: nothing listens there$/],
  ["an STS that is down", { flags: ["--sts-endpoint", "http://127.0.0.1:1"] }, /^http:\/\/127\.0\.0\.1:1 cannot be reached: ECONNREFUSED: .*; check the endpoint: nothing listens there$/],
  ["a clock that is ahead", { env: () => ({ NODE_OPTIONS: clockAhead(20 * minute) }) }, /^STS answers GetCallerIdentity with SignatureDoesNotMatch: Signature expired: .*; set this machine's clock right \(NTP\): it is 20 minutes ahead of AWS's$/],
  ["a clock that is ahead, seen by EC2", { env: () => ({ NODE_OPTIONS: clockAhead(20 * minute) }), flags: ["--account", "111122223333"] }, /^EC2 .* answers DescribeInstances with RequestExpired: .*; set this machine's clock right \(NTP\): it is 20 minutes ahead of AWS's$/],
  ["a token that has expired", { env: () => expired }, /^STS answers GetCallerIdentity with ExpiredToken: .*; let them be renewed: the token's file, the pod identity agent, or the profile$/],
  ["a token that nobody gave", { env: () => ({ ...expired, AWS_SESSION_TOKEN: "another" }) }, /^STS answers GetCallerIdentity with InvalidClientTokenId: .*; check the credentials$/],
  ["a role without one action", { before: () => ec2.control.setPolicy(everythingBut("ec2:DescribeSubnets")) }, /^EC2 .* does not allow ec2:DescribeSubnets: .*AKIATEST.*; allow it in the role's policy \(deploy\/iam\)$/],
  ["a role that may look and not associate", { before: () => ec2.control.setPolicy(everythingBut("ec2:AssociateTrunkInterface")) }, /^EC2 .* does not allow ec2:AssociateTrunkInterface: .*; allow it in the role's policy \(deploy\/iam\)$/],
  ["a role to which one action is denied", { before: () => ec2.control.setPolicy(without("ec2:DescribeSubnets")) }, /^EC2 .* does not allow ec2:DescribeSubnets: .*; lift the explicit deny of it: in the role's policies, its permissions boundary, or a service control policy$/],
  ["a role without several actions", { before: () => ec2.control.setPolicy(everythingBut("ec2:Describe*")) }, /^EC2 .* does not allow ec2:DescribeInstances, ec2:DescribeNetworkInterfaces, ec2:DescribeSubnets: .*; allow them in the role's policy \(deploy\/iam\)$/],
  ["a profile that there is not", { env: () => nobody, flags: ["--profile", "blue"] }, /^--profile: AWS has no credentials of profile "blue"; name one that has some in ~\/\.aws\/config and ~\/\.aws\/credentials \(AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE\)$/],
  ["the same by AWS's own variable", { env: () => ({ ...nobody, AWS_PROFILE: "blue" }) }, /^AWS_PROFILE: AWS has no credentials of profile "blue"; /],
  ["a cluster role that may not be assumed", { before: only(), flags: ["--cluster-role-arn", "arn:aws:iam::111122223333:role/other"] }, /^--cluster-role-arn: EC2 .* with AccessDenied: .* sts:AssumeRole on resource: arn:aws:iam::111122223333:role\/other; check the role's trust policy and the external id$/],
  ["another external id than the role's", { before: only("seed"), flags: ["--cluster-role-arn", role, "--cluster-role-external-id", "sown"] }, /^--cluster-role-arn: EC2 .* with AccessDenied: .* sts:AssumeRole on resource: .*role\/cluster; check the role's trust policy and the external id$/],
  ["a service account whose role does not trust it", { env: webIdentity, before: only() }, /^AWS_ROLE_ARN: STS answers GetCallerIdentity with AccessDenied: .*role\/other; check the role's trust policy and the external id$/],
  ["a service account's token that is not there", { env: () => ({ ...webIdentity(), AWS_WEB_IDENTITY_TOKEN_FILE: paths.noToken }) }, /^AWS has no credentials: .*\/no-token'; name a file that can be read: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONFIG_FILE$/],
  ["a pod identity agent that does not run", { env: () => ({ ...nobody, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/v1/credentials" }) }, /^AWS_CONTAINER_CREDENTIALS_FULL_URI: http:\/\/127\.0\.0\.1:1\/v1\/credentials gives no credentials; see that EKS Pod Identity's agent runs on this node, and that the service account is associated with a role$/]
]

describe("npm start -- --backend aws", () => {
  it.each(refusals)("given %s: one line that names the place and the mend", async (_, { before, env, flags = [] }, message) => {
    if (before !== undefined) await run(before())
    const { code, stderr, stdout } = await ended({ kubeconfig, endpoint: ec2.endpoint, env: env?.() ?? {}, flags })
    expect(errorsOf(stderr), stderr).toHaveLength(1)
    expect(errorsOf(stderr)[0]).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    // No stack trace.
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it("given a role whose external id it knows: it is all right, and says as whom it works", async () => {
    await run(only("seed")())
    const program = started({ kubeconfig, endpoint: ec2.endpoint, flags: ["--cluster-role-arn", role, "--cluster-role-external-id", "seed"] })
    running.add(program)
    await eventually("it says where EC2 is", () => program.stderr().includes("EC2 is eu-west-1 at") ? true : undefined)
    expect(program.stderr()).toContain(`${ec2.endpoint}, as arn:aws:iam::111122223333:user/AKIATEST and, for all but permissions and associations, ${role}`)
    expect(await program.stop("SIGTERM")).toBe(0)
  })

  it("given a clock that is ahead and an EC2 that does not mind: it works, and says that the clock is off", async () => {
    const { endpoint } = await run(startEc2(["--no-check-clock"]))
    const program = started({ kubeconfig, endpoint, env: { NODE_OPTIONS: clockAhead(20 * minute) } })
    running.add(program)
    await eventually("it says where EC2 is", () => program.stderr().includes("EC2 is eu-west-1 at") ? true : undefined)
    expect(program.stderr()).toMatch(/WARN {2}this machine's clock is (20m0s|19m59s|20m1s) ahead of EC2's; set it right \(NTP\): EC2 refuses what is signed at another time/)
    expect(await program.stop("SIGTERM")).toBe(0)
  })

  it("given neither a cluster nor credentials: both are told, each in its line", async () => {
    const { code, stderr } = await ended({ kubeconfig: paths.away, endpoint: ec2.endpoint, env: nobody })
    expect(errorsOf(stderr)).toEqual([
      expect.stringMatching(/^cannot reach https:\/\/127\.0\.0\.1:1 .*: nothing listens there: /),
      expect.stringMatching(/^AWS has no credentials: /)
    ])
    expect(code).toBe(2)
  })

  it("told to wait: it says what it waits for, and gives up when the time is over", async () => {
    const { code, stderr } = await ended({ kubeconfig, endpoint: "http://127.0.0.1:1", flags: ["--wait-for-cluster", "2s"] })
    expect(stderr.split("\n").filter((line) => line.includes("WARN  waiting for EC2"))).toHaveLength(1)
    expect(errorsOf(stderr)).toEqual([expect.stringMatching(/^STS cannot be reached: ECONNREFUSED/)])
    expect(code).toBe(2)
  })
})

describe("in a pod", () => {
  const inPod: Environment = { KUBERNETES_SERVICE_HOST: "10.0.0.1" }

  const begin = async (endpoint: string, flags: ReadonlyArray<string> = []): Promise<Program> => {
    const program = started({ kubeconfig, endpoint, env: inPod, flags })
    running.add(program)
    await eventually("it waits", () => program.stderr().includes("WARN  waiting for EC2") ? true : undefined)
    return program
  }

  const goesOn = async (program: Program): Promise<void> => {
    await eventually("it knows where EC2 is", () => program.stderr().includes("INFO  EC2 is eu-west-1 at") ? true : undefined).catch((error: unknown) => {
      throw new Error(program.output(), { cause: error })
    })
    expect(program.stderr()).toContain("INFO  EC2 answers")
    expect(await program.stop("SIGTERM")).toBe(0)
  }

  it("waits for an EC2 that is away, and begins when it is there", async () => {
    const [port = 0] = await freePorts(1)
    const program = await begin(`http://127.0.0.1:${port}`)
    await run(startEc2(["--port", String(port)]))
    await goesOn(program)
  })

  it("waits for a role that may be assumed in a moment", async () => {
    await run(ec2.control.setRoles([]))
    const program = await begin(ec2.endpoint, ["--cluster-role-arn", role])
    expect(program.stderr()).toContain("--cluster-role-arn: EC2")
    await run(ec2.control.setRoles(undefined))
    await goesOn(program)
  })

  it("waits for a permission that is granted in a moment", async () => {
    await run(ec2.control.setPolicy(everythingBut("ec2:DescribeSubnets")))
    const program = await begin(ec2.endpoint)
    expect(program.stderr()).toContain("does not allow ec2:DescribeSubnets")
    await run(ec2.control.liftPolicy())
    await goesOn(program)
  })

  it("ends when it is told to, while it waits", async () => {
    const program = await begin("http://127.0.0.1:1")
    expect(await program.stop("SIGTERM")).toBe(0)
  })

  it("does not wait for a Region: none comes by itself", async () => {
    const { code, stderr } = await ended({ kubeconfig, endpoint: ec2.endpoint, env: { ...inPod, AWS_REGION: undefined } })
    expect(errorsOf(stderr)).toEqual(["no Region is known; name it with --region, AWS_REGION, or in the profile"])
    expect(code).toBe(2)
  })
})
