import { Effect } from "effect"
import type { Look } from "../../src/cluster/Look.js"
import { itemsOf } from "../../src/cluster/Found.js"
import { describe, it } from "vitest"
import { branchline, file, snapshotFile } from "../support/Cli.js"
import { pod, policy, serviceAccount } from "../support/Documents.js"
import { database, group, lookAt, makeWorld, played } from "../support/Live.js"
import { expectBlock, screen } from "../support/Screens.js"

const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }
const cache = "sg-0000000000000000c"
const gone = "sg-0bad0bad0bad0bad0"

/** A shop: a full node, a pod that waits for a branch to cool, one that came too early, one whose group does not exist. */
const shop = played(Effect.gen(function*() {
  const world = yield* makeWorld({ securityGroups: [database, cache] })
  const inShop = { namespace: "shop" }
  yield* world.apply(namespace)
  yield* world.apply({ ...serviceAccount("default"), metadata: { name: "default", namespace: "shop" } })
  yield* Effect.sleep("30 seconds")
  yield* world.apply(pod("early-1", { ...inShop, labels: { role: "cache" } }))
  yield* Effect.sleep("30 seconds")
  yield* world.apply(policy("db", [database], inShop))
  yield* world.apply(policy("cache", [cache], { ...inShop, labels: { role: "cache" } }))
  yield* Effect.sleep("5 seconds")
  const names = Array.from({ length: 9 }, (_, index) => `db-${index}`)
  for (const name of names) yield* world.apply(pod(name, inShop))
  for (const name of names) yield* world.waitForPhase(name, "Running", inShop)
  yield* Effect.sleep("2 minutes")
  yield* world.admin.delete({ group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true }, { namespace: "shop", name: "db-4" })
  yield* world.waitUntilGone("db-4", inShop)
  yield* world.apply(pod("ledger-1", inShop))
  yield* Effect.sleep("20 seconds")
  const { vpcId } = world.subnets[0]!
  const aws = yield* lookAt(world, { aws: true, namespace: "shop", groups: [group(database, vpcId), group(cache, vpcId)] })
  return { aws, alone: yield* lookAt(world, { namespace: "shop" }) }
}))

const broken = played(Effect.gen(function*() {
  const world = yield* makeWorld()
  yield* world.apply(policy("db", [gone]))
  yield* Effect.sleep("30 seconds")
  yield* world.apply(pod("web-1"))
  yield* Effect.sleep("30 seconds")
  return yield* lookAt(world, { aws: true, groups: [] })
}))

const cluster = snapshotFile("cluster.json", shop.aws)
const withoutAws = snapshotFile("without-aws.json", shop.alone)
const node = (look: Look): string => itemsOf(look.cluster.nodes)[0]?.metadata.name ?? ""

/** What a command prints of a snapshot, as it is typed at a cluster. */
const shown = async (typed: string, snapshot: string): Promise<string> => {
  const { out } = await branchline([...typed.split(" ").slice(1).filter((arg) => arg !== "--aws"), "--snapshot", snapshot])
  return screen(typed, out)
}

describe("the screens of docs/cli", () => {
  it("explain.md", async () => {
    expectBlock("explain.md", "policy-later", await shown("branchline explain pod early-1 -n shop", withoutAws))
    expectBlock("explain.md", "cooling", await shown("branchline explain pod ledger-1 -n shop --aws", cluster))
    expectBlock("explain.md", "group-gone", await shown("branchline explain pod web-1 --aws", snapshotFile("broken.json", broken)))
    expectBlock("explain.md", "policy", await shown("branchline explain policy cache -n shop", withoutAws))
    expectBlock("explain.md", "node", await shown(`branchline explain node ${node(shop.aws)} --aws`, cluster))
  })

  it("status.md", async () => {
    expectBlock("status.md", "status", await shown("branchline status --aws", cluster))
    expectBlock("status.md", "without-aws", await shown("branchline status", withoutAws))
  })

  it("snapshot.md", async () => {
    const { err } = await branchline(["snapshot", "--snapshot", cluster])
    expectBlock("snapshot.md", "summary", screen("branchline snapshot --aws > cluster.json", err))
    const redacted = await branchline(["snapshot", "--snapshot", cluster, "--redact"])
    const told = await branchline(["explain", "pod", "pod-10", "--snapshot", file("case.json", redacted.out)])
    expectBlock("snapshot.md", "redacted", screen("branchline explain pod pod-10 --snapshot case.json", told.out))
  })
})
