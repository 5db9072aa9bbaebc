import { generateKeyPairSync } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { certificate, type KeyPair } from "./Certificates.js"
import { eventually, freePorts, type Program, run, start } from "./Program.js"

/** Who a client of the API server is: the subject of its certificate. */
export interface User {
  readonly name: string
  readonly groups?: ReadonlyArray<string>
}

export const administrator: User = { name: "kubernetes-admin", groups: ["system:masters"] }

/** What a control plane is to be. */
export interface ControlPlaneOptions {
  /** Default false: pods stay where the test puts them. */
  readonly scheduler?: boolean
  /** `--controllers` of the controller manager; false for none of them. Default all but those that judge nodes without kubelet. */
  readonly controllerManager?: string | false
  /** Custom resources of deploy/crds are installed unless this is false. */
  readonly customResources?: boolean
  /** Whether the audit log holds what was sent and answered. Default true; a bench does without. */
  readonly auditBodies?: boolean
  /** More flags for the API server. */
  readonly apiServerFlags?: ReadonlyArray<string>
}

/** etcd, kube-apiserver and what else was asked for, on loopback, in a folder of their own. */
export interface ControlPlane {
  readonly folder: string
  /** `https://127.0.0.1:…` */
  readonly server: string
  readonly port: number
  readonly ca: KeyPair
  /** A kubeconfig in which a user is known by a client certificate; `server` stands in for the API server, as a proxy before it. */
  readonly kubeconfig: (user?: User, options?: { readonly server?: string; readonly validFor?: number }) => Promise<string>
  /** kubectl, as the administrator unless said otherwise. It throws what kubectl printed where that failed. */
  readonly kubectl: (args: ReadonlyArray<string>, options?: { readonly input?: string; readonly user?: User }) => Promise<string>
  /** The audit log so far: stages ResponseStarted and ResponseComplete, bodies of pods, nodes and custom resources. */
  readonly audit: () => ReadonlyArray<Record<string, unknown>>
  readonly apiServer: Part
  readonly etcd: Part
  /** etcd's client URL: `http://127.0.0.1:…` */
  readonly etcdServer: string
  /** Where etcd keeps its data: with etcd stopped, a copy of it is a backup. */
  readonly etcdData: string
  readonly stop: () => Promise<void>
}

/** A part of the control plane, to be stopped and started by a test. */
export interface Part {
  readonly program: () => Program
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
  readonly start: () => Promise<void>
}

/** The checkout, wherever this module was bundled to. */
export const root = ((): string => {
  for (let folder = import.meta.dirname;; folder = dirname(folder)) {
    if (existsSync(join(folder, "turbo.json"))) return folder
    if (folder === dirname(folder)) throw new Error("this is not a whole checkout")
  }
})()

const binary = (name: string): string => {
  const folder = process.env["KUBEBUILDER_ASSETS"]
  if (folder === undefined || !existsSync(join(folder, name))) throw new Error(`KUBEBUILDER_ASSETS names no folder with ${name}`)
  return join(folder, name)
}

const auditPolicy = (bodies: boolean): string => `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: ${bodies ? "RequestResponse" : "Metadata"}
    resources:
      - {group: "", resources: [pods, pods/status, nodes, nodes/status]}
      - {group: vpcresources.k8s.aws}
    verbs: [create, update, patch, delete]
  - level: Metadata
`

/** Asks a path of a server whose certificate nobody needs to check, and gives the status. */
const status = (port: number, path: string, { cert, key }: KeyPair): Promise<number | undefined> =>
  new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, path, cert, key, rejectUnauthorized: false }, (response) => {
      response.resume()
      response.on("end", () => resolve(response.statusCode))
    })
    call.on("error", () => resolve(undefined))
    call.end()
  })

/** Starts a control plane and waits until it can be used. What goes wrong is thrown, with the end of the log of the part that it happened to. */
export const startControlPlane = async (options: ControlPlaneOptions = {}): Promise<ControlPlane> => {
  const { apiServerFlags = [], auditBodies = true, controllerManager = "*,-node-lifecycle-controller,-node-ipam-controller", customResources = true, scheduler = false } = options
  const folder = mkdtempSync(join(tmpdir(), "branchline-control-plane-"))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.on("exit", removeFolder)
  const file = (name: string, text?: string): string => {
    if (text !== undefined) writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const [etcdPort = 0, peerPort = 0, port = 0, schedulerPort = 0, managerPort = 0] = await freePorts(5)
  const server = `https://127.0.0.1:${port}`

  const ca = await certificate({ commonName: "control-plane" })
  const serving = await certificate({ commonName: "kube-apiserver", dnsNames: ["localhost"], addresses: ["127.0.0.1", "10.0.0.1"], ca })
  const signing = generateKeyPairSync("rsa", { modulusLength: 2048 })
  file("ca.crt", ca.cert)
  file("ca.key", ca.key)
  file("apiserver.crt", serving.cert)
  file("apiserver.key", serving.key)
  file("sa.key", signing.privateKey.export({ type: "pkcs1", format: "pem" }).toString())
  file("audit.yaml", auditPolicy(auditBodies))

  let configs = 0
  const kubeconfig = async (
    { groups = [], name }: User = administrator,
    given: { readonly server?: string; readonly validFor?: number } = {}
  ): Promise<string> => {
    const pair = await certificate({
      commonName: name,
      organizations: groups,
      ca,
      ...(given.validFor === undefined ? {} : { validFor: given.validFor })
    })
    const base64 = (text: string) => Buffer.from(text).toString("base64")
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster: { server: given.server ?? server, "certificate-authority-data": base64(ca.cert) } }],
      users: [{ name: "user", user: { "client-certificate-data": base64(pair.cert), "client-key-data": base64(pair.key) } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "user" } }],
      "current-context": "test"
    }
    configs++
    return file(`kubeconfig-${configs}`, JSON.stringify(config, undefined, 2))
  }
  const adminPair = await certificate({ commonName: administrator.name, organizations: administrator.groups ?? [], ca })
  const adminConfig = await kubeconfig(administrator)

  const part = (name: string, args: () => ReadonlyArray<string>, ready: () => Promise<boolean>): Part => {
    let program: Program | undefined
    const current = (): Program => {
      if (program === undefined) throw new Error(`${name} was not started`)
      return program
    }
    return {
      program: current,
      start: async () => {
        program = start(binary(name), args(), { cwd: folder })
        const own = program
        let over: number | NodeJS.Signals | undefined
        void own.ended.then((code) => (over = code))
        await eventually(`${name} is ready`, async () => {
          if (over !== undefined || (await ready())) return true
          return undefined
        }, 120_000)
        if (over !== undefined) throw new Error(`${name} ended with ${over}: ${own.output().split("\n").slice(-8).join("\n")}`)
      },
      stop: async (signal = "SIGKILL") => {
        if (program !== undefined) await program.stop(signal)
      }
    }
  }

  const etcdData = join(folder, "etcd")
  mkdirSync(etcdData, { mode: 0o700 })
  const etcd = part("etcd", () => [
    "--data-dir", etcdData,
    "--listen-client-urls", `http://127.0.0.1:${etcdPort}`,
    "--advertise-client-urls", `http://127.0.0.1:${etcdPort}`,
    "--listen-peer-urls", `http://127.0.0.1:${peerPort}`,
    "--initial-advertise-peer-urls", `http://127.0.0.1:${peerPort}`,
    "--initial-cluster", `default=http://127.0.0.1:${peerPort}`,
    "--unsafe-no-fsync", "--log-level", "error"
  ], async () => {
    const answer = await fetch(`http://127.0.0.1:${etcdPort}/health`).catch(() => undefined)
    return answer?.status === 200
  })
  const apiServer = part("kube-apiserver", () => [
    "--etcd-servers", `http://127.0.0.1:${etcdPort}`,
    "--bind-address", "127.0.0.1", "--secure-port", String(port),
    "--tls-cert-file", file("apiserver.crt"), "--tls-private-key-file", file("apiserver.key"), "--client-ca-file", file("ca.crt"),
    "--service-account-issuer", "https://kubernetes.default.svc",
    "--service-account-key-file", file("sa.key"), "--service-account-signing-key-file", file("sa.key"),
    "--service-cluster-ip-range", "10.0.0.0/24", "--authorization-mode", "Node,RBAC", "--allow-privileged",
    "--enable-admission-plugins", "ExtendedResourceToleration", "--disable-admission-plugins", "TaintNodesByCondition",
    "--audit-policy-file", file("audit.yaml"), "--audit-log-path", file("audit.log"), "--audit-log-mode", "blocking",
    ...apiServerFlags
  ], async () => (await status(port, "/readyz", adminPair)) === 200)
  const others: Array<Part> = []

  const kubectl: ControlPlane["kubectl"] = async (args, given = {}) => {
    const config = given.user === undefined ? adminConfig : await kubeconfig(given.user)
    const { code, stderr, stdout } = await run(binary("kubectl"), args, {
      env: { ...process.env, KUBECONFIG: config, KUBECACHEDIR: join(folder, "kubectl-cache") },
      ...(given.input === undefined ? {} : { input: given.input })
    })
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr.trim()}`)
    return stdout
  }

  const stop = async (): Promise<void> => {
    for (const one of [...others, apiServer, etcd]) await one.stop("SIGKILL")
    removeFolder()
    process.off("exit", removeFolder)
  }

  try {
    await etcd.start()
    await apiServer.start()
    if (scheduler) {
      const config = await kubeconfig({ name: "system:kube-scheduler" })
      others.push(part("kube-scheduler", () => [
        "--kubeconfig", config, "--bind-address", "127.0.0.1", "--secure-port", String(schedulerPort), "--leader-elect=false"
      ], async () => (await status(schedulerPort, "/healthz", adminPair)) === 200))
    }
    if (controllerManager !== false) {
      const config = await kubeconfig({ name: "system:kube-controller-manager" })
      others.push(part("kube-controller-manager", () => [
        "--kubeconfig", config, "--bind-address", "127.0.0.1", "--secure-port", String(managerPort), "--leader-elect=false",
        "--controllers", controllerManager, "--service-account-private-key-file", file("sa.key"), "--root-ca-file", file("ca.crt"),
        "--use-service-account-credentials"
      ], async () => (await status(managerPort, "/healthz", adminPair)) === 200))
    }
    await Promise.all(others.map((other) => other.start()))
    if (controllerManager !== false) {
      // Pods are refused until the controller manager has made their account.
      await eventually("the account default", () => kubectl(["get", "serviceaccount", "default"]))
    }
    const crds = join(root, "deploy", "crds")
    if (customResources && existsSync(crds)) {
      for (const name of readdirSync(crds).filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")) {
        await kubectl(["apply", "-f", join(crds, name)])
      }
      await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"])
    }
  } catch (error) {
    await stop()
    throw error
  }

  return {
    folder,
    server,
    port,
    ca,
    kubeconfig,
    kubectl,
    audit: () =>
      readFileSync(file("audit.log"), "utf8").split("\n").filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Record<string, unknown>),
    apiServer,
    etcd,
    etcdServer: `http://127.0.0.1:${etcdPort}`,
    etcdData,
    stop
  }
}
