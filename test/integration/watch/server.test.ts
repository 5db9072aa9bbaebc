import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually } from "../support/Program.js"
import { isRead } from "../support/Proxy.js"
import { gaps, watch, type Watched } from "./Watched.js"

let plane: ControlPlane
let one: Watched
beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false, customResources: false })
})
afterEach(() => one?.close())
afterAll(() => plane?.stop())

const standing = (watched: Watched) => eventually("a watch stands", () => watched.proxy.watches()[0])

/** A token that dies with the Secret to which it is bound. */
const boundToken = async (namespace: string, secret: string): Promise<string> => {
  await plane.kubectl(["create", "secret", "generic", secret, "-n", namespace])
  return (await plane.kubectl(["create", "token", "reader", "-n", namespace, "--bound-object-kind", "Secret", "--bound-object-name", secret])).trim()
}

/** Both ways in which a token is renewed: a file that somebody else writes, and a plugin that is asked. */
const users: Readonly<Record<string, (file: string) => object>> = {
  "a token file": (tokenFile) => ({ tokenFile }),
  "an exec plugin": (tokenFile) => ({
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: ["-c", `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$(cat ${tokenFile})"`],
      interactiveMode: "Never"
    }
  })
}

describe("a token that is not accepted any more", () => {
  for (const [name, user] of Object.entries(users)) {
    it(`is renewed from ${name}, once the new one is there`, async () => {
      const file = join(plane.folder, `token-${name.replaceAll(" ", "-")}`)
      let old = ""
      one = await watch(plane, {
        user: async (namespace) => {
          old = await boundToken(namespace, "first")
          writeFileSync(file, old)
          return user(file)
        }
      })
      const next = await boundToken(one.namespace, "second")
      await plane.kubectl(["delete", "secret", "first", "-n", one.namespace])
      // The server remembers for a few seconds that it has accepted a token.
      await eventually("the server refuses the old token", async () => {
        const refusal = await plane.kubectl(["get", "configmaps", "-n", one.namespace, "--token", old, "--kubeconfig", "/dev/null", "--server", plane.server, "--certificate-authority", join(plane.folder, "ca.crt")])
          .then(() => undefined, (error: Error) => error.message)
        return refusal?.includes("Unauthorized") === true ? true : undefined
      })
      const before = await standing(one)
      before.reset()
      await one.put("a")
      await one.remove("b")
      await one.put("b")
      await eventually("the server has said 401 to the reflector", () => one.proxy.log.find(({ by, status }) => status === 401 && by === "server"))
      writeFileSync(file, next)
      await one.settled()
      await standing(one)
      await one.put("after")
      await one.settled()
      const refused = one.proxy.log.filter(({ status }) => status === 401)
      expect(refused.every(({ by }) => by === "server")).toBe(true)
      // Two at a time: a call that is refused asks once more with what the credentials are then.
      expect(refused.length).toBeLessThanOrEqual(12)
      expect(one.proxy.log.filter(isRead).length).toBeLessThanOrEqual(refused.length + 4)
    })
  }
})

describe("an API server that is started again", () => {
  it("is asked in growing pauses while it is away, and everything is told when it is back", async () => {
    one = await watch(plane)
    await one.put("a")
    await one.toldAll()
    const before = await standing(one)
    await one.put("d")
    await one.remove("c")
    await plane.apiServer.stop()
    await eventually("the reflector has asked in vain", () => (one.proxy.log.filter(({ did }) => did.some((what) => what.includes("cannot be reached"))).length >= 3 ? true : undefined))
    await plane.apiServer.start()
    await one.put("e")
    await one.remove("a")
    await one.put("a")
    await one.settled()
    await standing(one)
    await one.put("after")
    await one.settled()
    expect(before.asked.did).toContain("the server broke off")
    const vain = one.proxy.log.filter(({ did }) => did.some((what) => what.includes("cannot be reached")))
    for (const [index, gap] of gaps(vain).entries()) expect(gap).toBeGreaterThanOrEqual(Math.min(15_000, 200 * 2 ** index))
    const { lists, watches } = one.reads()
    expect(lists.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(3)
    expect(watches.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(4)
  })
})

describe("an etcd that is restored from a backup", () => {
  it("has another truth, with older versions, and it is the one that counts", async () => {
    one = await watch(plane, { mayGoBack: true })
    const backup = join(plane.folder, "etcd-backup")
    await one.put("a")
    await plane.apiServer.stop()
    await plane.etcd.stop("SIGTERM")
    cpSync(plane.etcdData, backup, { recursive: true })
    await plane.etcd.start()
    await plane.apiServer.start()
    await standing(one)

    await one.put("a")
    await one.remove("b")
    await one.remove("c")
    await one.put("c")
    await one.put("d")
    for (let count = 0; count < 50; count++) await one.put("e")
    await one.settled()
    const newest = Number([...one.cache.values()].find(({ metadata }) => metadata.name === "e")?.metadata.resourceVersion)

    await plane.apiServer.stop()
    await plane.etcd.stop("SIGTERM")
    rmSync(plane.etcdData, { recursive: true })
    renameSync(backup, plane.etcdData)
    await plane.etcd.start()
    const restored = one.proxy.log.length
    await plane.apiServer.start()
    await one.settled()
    expect(one.cache.size()).toBe(3)
    const versions = [...one.cache.values()].map(({ metadata }) => Number(metadata.resourceVersion))
    expect(Math.max(...versions)).toBeLessThan(newest)

    // And it goes on from there.
    await one.put("b")
    await one.put("f")
    await one.remove("a")
    await one.settled()
    const since = one.proxy.log.slice(restored).filter(isRead)
    expect(since.filter(({ status, verb }) => verb === "list" && status === 200).length).toBeLessThanOrEqual(2)
    expect(since.length).toBeLessThanOrEqual(12)
  })
})
