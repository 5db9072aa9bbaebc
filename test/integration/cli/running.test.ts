import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type ControlPlane, startControlPlane } from "../support/ControlPlane.js"
import { eventually, freePorts, type Program } from "../support/Program.js"
import { applyRights, applyWorld, controllerUser, noServers, pod, startBinary } from "./World.js"

let plane: ControlPlane
let kubeconfig = ""
const running = new Set<Program>()

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false })
  await plane.kubectl(["create", "serviceaccount", "default"])
  await applyRights(plane)
  await applyWorld(plane)
  kubeconfig = await plane.kubeconfig(controllerUser)
})
afterEach(async () => {
  await Promise.all([...running].map((program) => program.stop("SIGKILL")))
  running.clear()
})
afterAll(() => plane.stop())

interface Lease {
  readonly holderIdentity?: string
}

const get = async (...what: ReadonlyArray<string>): Promise<{ readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }; readonly spec: Lease }> =>
  JSON.parse(await plane.kubectl(["get", ...what, "-o", "json"]))

const holder = async (): Promise<string | undefined> => (await get("lease", "-n", "kube-system", "cp-vpc-resource-controller")).spec.holderIdentity

const annotationOf = async (name: string): Promise<string | undefined> => (await get("pod", name)).metadata.annotations?.["vpc.amazonaws.com/pod-eni"]

const start = async (...more: ReadonlyArray<string>) => {
  const [health = 0] = await freePorts(1)
  const servers = [...noServers]
  servers[servers.indexOf("--health-address") + 1] = `127.0.0.1:${health}`
  const program = startBinary(["--cluster-name", "seed", "--kubeconfig", kubeconfig, ...servers, ...more])
  running.add(program)
  let over: unknown
  void program.ended.then((code) => (over = code))
  await eventually("it is ready", async () => {
    if (over !== undefined) return true
    return (await fetch(`http://127.0.0.1:${health}/readyz`)).status === 200 ? true : undefined
  })
  if (over !== undefined) throw new Error(`it ended with ${String(over)}: ${program.output()}`)
  return program
}

/** Milliseconds from a signal to the end, and the exit code. */
const ending = async (program: Program, signal: NodeJS.Signals) => {
  const began = performance.now()
  const code = await program.stop(signal)
  return { code, took: performance.now() - began }
}

describe("npm start -- --backend kubernetes", () => {
  it("serves a pod, hands over to the replica that waits when it is told to end, and leaves the lease to the next", async () => {
    const first = await start("--identity", "first")
    const annotation = await eventually("web-1 has its branch", () => annotationOf("web-1"))
    expect(JSON.parse(annotation)).toMatchObject([{ vlanId: 1, subnetCidr: "192.168.0.0/16" }])
    expect(await plane.kubectl(["get", "node", "node-1", "-o", "jsonpath={.status.capacity.vpc\\.amazonaws\\.com/pod-eni}"])).toBe("9")
    await eventually("its events are there", async () => {
      const events = await plane.kubectl(["get", "events", "-o", "jsonpath={.items[*].reason}"])
      return events.includes("ResourceAllocated") ? true : undefined
    })
    expect(await holder()).toBe("first")

    const second = await start("--identity", "second")
    await eventually("the second sees who leads", () => (second.output().includes("first leads") ? true : undefined))
    expect(await holder()).toBe("first")

    const { code, took } = await ending(first, "SIGTERM")
    expect(code, first.output()).toBe(0)
    expect(took).toBeLessThan(5_000)
    await eventually("the second leads", async () => ((await holder()) === "second" ? true : undefined), 20_000)
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod("web-2")) })
    await eventually("web-2 has its branch", () => annotationOf("web-2"))

    const last = await ending(second, "SIGINT")
    expect(last.code, second.output()).toBe(0)
    expect(last.took).toBeLessThan(5_000)
    expect(await holder()).toBe("")
  })

  it("tells its progress, one line for each step", async () => {
    const program = await start()
    await eventually("all is told", () => (program.stderr().includes("the cluster is known") ? true : undefined))
    const places = ["the cluster is seed at https://127.0.0.1:", "EC2 is in this process's memory", "waiting to lead: Lease kube-system/cp-vpc-resource-controller", "leads, and is respected", "the cluster is known: 1 nodes"]
      .map((text) => program.stderr().indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(program.stdout()).toBe("")
    expect((await ending(program, "SIGTERM")).code).toBe(0)
  })

  it("without an election it works at once and touches no lease", async () => {
    const before = await plane.kubectl(["get", "lease", "-n", "kube-system", "cp-vpc-resource-controller", "-o", "jsonpath={.metadata.resourceVersion}"])
    const program = await start("--no-leader-election")
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod("web-3")) })
    await eventually("web-3 has its branch", () => annotationOf("web-3"))
    const { code } = await ending(program, "SIGTERM")
    expect(code).toBe(0)
    expect(await plane.kubectl(["get", "lease", "-n", "kube-system", "cp-vpc-resource-controller", "-o", "jsonpath={.metadata.resourceVersion}"])).toBe(before)
  })

  it("whose lease was taken away stays alive, waits, and leads again when it may", async () => {
    const program = await start("--identity", "patient", "--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "500ms")
    await eventually("it leads", async () => ((await holder()) === "patient" ? true : undefined))
    const thief = { spec: { holderIdentity: "thief", leaseDurationSeconds: 3, renewTime: `${new Date().toISOString().slice(0, -1)}000Z` } }
    await plane.kubectl(["patch", "lease", "-n", "kube-system", "cp-vpc-resource-controller", "--type=merge", "-p", JSON.stringify(thief)])
    await eventually("it gives up", () => (program.stderr().includes("leads no more: thief holds the Lease") ? true : undefined))
    await eventually("it leads again", async () => ((await holder()) === "patient" ? true : undefined))
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod("web-4")) })
    await eventually("web-4 has its branch", () => annotationOf("web-4"))
    expect((await ending(program, "SIGTERM")).code).toBe(0)
    expect(await holder()).toBe("")
  })

  it("in a pod it waits for an API server that is away, and begins when it is back; told to end meanwhile, it ends", async () => {
    await plane.apiServer.stop()
    const args = ["--cluster-name", "seed", "--kubeconfig", kubeconfig, ...noServers]
    const [patient, told] = [0, 1].map(() => startBinary(args, { KUBERNETES_SERVICE_HOST: "10.0.0.1" })) as [Program, Program]
    running.add(patient).add(told)
    for (const program of [patient, told]) {
      await eventually("it waits", () => (program.stderr().includes("WARN  waiting for the API server") ? true : undefined))
    }
    expect((await ending(told, "SIGTERM")).code).toBe(0)
    await plane.apiServer.start()
    await eventually("it works", () => (patient.stderr().includes("the cluster is known") ? true : undefined)).catch((error: unknown) => {
      throw new Error(patient.output(), { cause: error })
    })
    expect(patient.stderr()).toContain("INFO  the API server answers")
    expect((await ending(patient, "SIGTERM")).code).toBe(0)
  })

  it("told twice to end, ends at once and hands nothing over", async () => {
    const program = await start("--identity", "impatient")
    await eventually("it leads and works", () => (program.stderr().includes("the cluster is known") ? true : undefined))
    // The lease cannot be given back, and that takes its time.
    const server = plane.apiServer.program().child
    server.kill("SIGSTOP")
    try {
      program.child.kill("SIGTERM")
      await eventually("it is ending", () => (/all work that had begun is done|some work had to be left/.test(program.stderr()) ? true : undefined))
      expect(await program.stop("SIGTERM")).toBe(143)
    } finally {
      server.kill("SIGCONT")
    }
  })
})
