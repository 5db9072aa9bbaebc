import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as AwsEc2 from "@branchline/adapter-ec2/AwsEc2"
import { connect } from "@branchline/adapter-memory/ec2-control"
import * as Ec2Server from "@branchline/adapter-memory/ec2-server"
import { type Policy, readPolicy } from "@branchline/adapter-memory/wire/iam/Policy"
import { clusterTag, instanceIdTag, ownerTag, vlanIdTag } from "@branchline/core/model/Names"
import { ec2Actions } from "@branchline/core/ports/Ec2Actions"
import { Effect, Exit, Result, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withCredentials } from "../../packages/adapter-ec2/test/support/Credentials.js"
import { account, folder, grants, operations, policy, render, table, without } from "./Documents.js"
import { type Trial, tagsOf, tries } from "./Operations.js"

withCredentials()

const whole = policy("controller-policy")

let trial: Trial
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  trial = await Effect.runPromise(Scope.provide(Effect.gen(function*() {
    const { ec2, region, url } = yield* Ec2Server.make({ account, throttle: "off", attachDelay: 0, seed: "iam" })
    const { subnetId } = yield* ec2.control.addSubnet({ cidr: "192.168.0.0/16" })
    const group = yield* ec2.control.addSecurityGroup()
    const { port } = yield* AwsEc2.make({ region, endpoint: url, stsEndpoint: url })
    return { port, control: connect(url), subnetId, group }
  }), scope))
  // The SDK is big, and the machine may be busy.
}, 60_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** What becomes of an operation under a policy; its world is made without one. */
const under = (document: Policy, operation: string, whose?: Parameters<(typeof tries)[string]>[1]): Promise<"done" | "refused"> =>
  Effect.runPromise(Effect.gen(function*() {
    const call = yield* tries[operation]!(trial, whose)
    yield* trial.control.setPolicy(document)
    const outcome = yield* Effect.result(call)
    yield* trial.control.liftPolicy()
    if (Result.isSuccess(outcome)) return "done"
    if (outcome.failure.code === "UnauthorizedOperation") return "refused"
    return yield* Effect.die(outcome.failure)
  }))

const refusedUnder = async (document: Policy): Promise<ReadonlyArray<string>> => {
  const refused: Array<string> = []
  for (const { operation } of operations) if ((await under(document, operation)) === "refused") refused.push(operation)
  return refused
}

/** The EC2 in memory does not ask about the instance that an attachment is on; the Service Authorization Reference has it as optional. */
const notAskedHere = "AttachThemToInstances ec2:ModifyNetworkInterfaceAttribute"

describe("the controller's policy", () => {
  it("every operation of the port is in the table, with the action that it is", () => {
    const named = operations.filter(({ operation }) => operation in ec2Actions).map(({ action, operation }) => [operation, action])
    expect(Object.fromEntries(named)).toEqual(ec2Actions)
    expect(Object.keys(tries).toSorted()).toEqual(operations.map(({ operation }) => operation).toSorted())
  })

  it("lets every operation of the table through", async () => {
    expect(await refusedUnder(whole)).toEqual([])
  })

  it("allows nothing that no operation needs", () => {
    expect([...new Set(operations.flatMap(({ needs }) => needs))].toSorted()).toEqual(grants(whole.Statement).toSorted())
  })

  it.each(grants(whole.Statement))("without %s just the operations are refused that need it", async (grant) => {
    const needing = operations.filter(({ needs }) => needs.includes(grant)).map(({ operation }) => operation)
    expect(await refusedUnder(without(whole, grant))).toEqual(grant === notAskedHere ? [] : needing)
  })

  /** What touches an interface that is there; associations have no resource, so that no policy tells one from another. */
  const touching = operations.map(({ operation }) => operation).filter((operation) =>
    !operation.startsWith("describe") && operation !== "associateBranch" && operation !== "disassociateBranch")

  it.each(touching)("%s: not of another cluster's interface, nor of nobody's", async (operation) => {
    expect(await under(whole, operation, { cluster: "another" })).toBe("refused")
    expect(await under(whole, operation, { owner: "somebody" })).toBe("refused")
    expect(await under(whole, operation)).toBe("done")
  })

  it("what the CNI plugin left can be deleted and nothing else", async () => {
    for (const operation of ["setGroups", "attachTrunk", "permitAttachment", "tagInterface", "createBranch"]) {
      expect(await under(whole, operation, { owner: "amazon-vpc-cni" }), operation).toBe("refused")
    }
    expect(await under(whole, "deleteInterface", { owner: "amazon-vpc-cni" })).toBe("done")
  })

  it("a foreign interface cannot be made one's own by its tags, nor an own one's owner be changed", async () => {
    const tag = (tags: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>) =>
      Effect.runPromise(Effect.gen(function*() {
        const { eniId } = yield* trial.control.createForeignInterface({ subnetId: trial.subnetId, tags })
        yield* trial.control.setPolicy(whole)
        const outcome = yield* Effect.result(trial.port.tagInterface(eniId, wanted))
        yield* trial.control.liftPolicy()
        return Result.isFailure(outcome) ? outcome.failure.reason._tag : "done"
      }))
    const ours = tagsOf("i-0123456789abcdef0")
    expect(await tag({}, ours)).toBe("Unauthorized")
    expect(await tag({}, { [vlanIdTag]: "1" })).toBe("Unauthorized")
    expect(await tag(ours, { [ownerTag]: "somebody" })).toBe("Unauthorized")
    expect(await tag(ours, { [clusterTag("another")]: "owned" })).toBe("Unauthorized")
    expect(await tag(ours, { [instanceIdTag]: "i-0fedcba9876543210", [vlanIdTag]: "1" })).toBe("Unauthorized")
    expect(await tag(ours, { [vlanIdTag]: "1" })).toBe("done")
  })
})

describe("the documents", () => {
  it("two identities have the policy in two halves, by the table's column; and the own one may assume the other", () => {
    const [own, cluster] = [policy("own-identity-policy"), policy("cluster-role-policy")]
    const isAssuming = ({ Sid }: { readonly Sid?: string }) => Sid === "AssumeTheClusterRole"
    expect([...cluster.Statement, ...own.Statement.filter((one) => !isAssuming(one))]).toEqual(whole.Statement)
    expect(own.Statement.filter(isAssuming)).toEqual([
      { Sid: "AssumeTheClusterRole", Effect: "Allow", Action: "sts:AssumeRole", Resource: `arn:aws:iam::${account}:role/cluster` }
    ])
    const needsOf = (identity: string) => [...new Set(operations.filter((one) => one.identity === identity).flatMap(({ needs }) => needs))].toSorted()
    expect(grants(cluster.Statement).toSorted()).toEqual(needsOf("cluster role"))
    expect(grants(own.Statement.filter((one) => !isAssuming(one))).toSorted()).toEqual(needsOf("own"))
  })

  it("observing needs the looks alone", async () => {
    expect(await refusedUnder(policy("observe-policy"))).toEqual(operations.map(({ operation }) => operation).filter((operation) => !operation.startsWith("describe")))
  })

  it("the page has the table", () => {
    const page = readFileSync(join(folder, "README.md"), "utf8")
    expect(page).toContain(`<!-- operations.json, by test/iam -->\n${table()}\n<!-- the end -->`)
  })

  it("a name that is missing or wrong is told with its flag, all of them at once", () => {
    expect(render("trust-irsa", "--account", "1").stderr).toBe([
      "error: --account: \"1\" is not the account id, 12 digits",
      "error: trust-irsa needs --oidc-provider: the cluster's OIDC issuer without https://",
      ""
    ].join("\n"))
    expect(render("nothing").stderr).toMatch(/^error: there is no document "nothing"; choose one of cluster-role-policy, /)
    expect(render("controller-policy", "--cluster", "a\"b", "--account", account)).toMatchObject({ status: 1, stdout: "" })
  })

  it("each document is a policy once its names are in it, and no name is left out", () => {
    const names = ["--cluster", "prod", "--account", account, "--oidc-provider", "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", "--own-role", "own", "--cluster-role", "cluster", "--external-id", "prod-1"]
    for (const name of ["controller-policy", "own-identity-policy", "cluster-role-policy", "observe-policy"]) {
      expect(Result.isSuccess(readPolicy(JSON.parse(render(name, ...names).stdout))), name).toBe(true)
    }
    for (const name of ["trust-irsa", "trust-pod-identity", "trust-instance", "trust-cluster-role"]) {
      const { status, stdout } = render(name, ...names)
      expect([status, stdout.includes("{{")], name).toEqual([0, false])
      expect(JSON.parse(stdout)).toMatchObject({ Version: "2012-10-17", Statement: [{ Effect: "Allow" }] })
    }
  })
})
