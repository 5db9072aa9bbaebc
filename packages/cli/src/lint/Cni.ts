import type { Path } from "./Place.js"
import type { Settings } from "./Settings.js"
import type { Container } from "./Shapes.js"
import type { Cni, Told, Workload } from "./Subject.js"

type Truth = (text: string) => boolean | undefined

/** Source: Go, `strconv.ParseBool`. */
const parseBool: Truth = (text) => /^(1|t|T|true|TRUE|True)$/.test(text) ? true : /^(0|f|F|false|FALSE|False)$/.test(text) ? false : undefined

interface Place {
  readonly workload: Workload
  readonly container: Container
  readonly path: Path
}

const containerNamed = (workload: Workload, list: "containers" | "initContainers", name: string): Place | undefined => {
  const at = (workload.spec[list] ?? []).findIndex((container) => container.name === name)
  const container = workload.spec[list]?.[at]
  return container === undefined ? undefined : { workload, container, path: ["spec", list, at] }
}

/** What a variable says, or `absent` where the container does not set it; undefined where it takes it from elsewhere, or says what cannot be read. */
const variable = <A>({ container, path, workload }: Place, name: string, absent: A, read: (text: string) => A | undefined): Told<A> | undefined => {
  const at = (container.env ?? []).findLastIndex((env) => env.name === name)
  const env = container.env?.[at]
  if (env === undefined) return { value: absent, place: workload.inPod([...path, container.env == null ? "name" : "env"]) }
  if (env.valueFrom != null) return undefined
  // The plugin takes its default for what it cannot read.
  return { value: read(env.value ?? "") ?? absent, place: workload.inPod([...path, "env", at, env.value == null ? "name" : "value"]) }
}

const versionOf = ({ container, path, workload }: Place): Told<string> | undefined => {
  const match = /:v?(\d+\.\d+\.\d+)/.exec(container.image ?? "")
  return match?.[1] === undefined ? undefined : { value: match[1], place: workload.inPod([...path, "image"]) }
}

const told = <K extends keyof Cni>(key: K, value: Cni[K]): Partial<Pick<Cni, K>> => value === undefined ? {} : ({ [key]: value } as Pick<Cni, K>)

/**
 * The CNI plugin's settings. Defaults where its DaemonSet sets nothing: `ENABLE_POD_ENI` false, `POD_SECURITY_GROUP_ENFORCING_MODE` strict, `DISABLE_TCP_EARLY_DEMUX`
 * false, `AWS_VPC_K8S_CNI_EXTERNALSNAT` false. Source: amazon-vpc-cni-k8s, README.
 */
export const cniOf = (workloads: ReadonlyArray<Workload>, settings: Settings): Cni => {
  const daemonSets = workloads.filter(({ kind }) => kind === "DaemonSet")
  const agent = daemonSets.flatMap((one) => one.name === "aws-node" ? containerNamed(one, "containers", "aws-node") ?? [] : [])[0]
  const init = agent === undefined ? undefined : containerNamed(agent.workload, "initContainers", "aws-vpc-cni-init")
  const cache = daemonSets.find(({ labels, name }) => name === "node-local-dns" || labels["k8s-app"] === "node-local-dns")
  const said = <A>(key: keyof Settings["cni"], value: A | undefined): Told<A> | undefined =>
    value === undefined ? undefined : { value, place: settings.placeOf(["settings", "cni", key]) }
  const { cni } = settings
  return {
    ...told("version", (agent && versionOf(agent)) ?? said("version", cni.version?.replace(/^v/, ""))),
    ...told("podEni", agent ? variable(agent, "ENABLE_POD_ENI", false, parseBool) : said("podEni", cni.podEni)),
    ...told("enforcingMode", agent
      ? variable<"strict" | "standard">(agent, "POD_SECURITY_GROUP_ENFORCING_MODE", "strict", (text) => text === "strict" || text === "standard" ? text : undefined)
      : said("enforcingMode", cni.enforcingMode)),
    ...told("disableTcpEarlyDemux", init
      ? variable(init, "DISABLE_TCP_EARLY_DEMUX", false, parseBool)
      : said("disableTcpEarlyDemux", cni.disableTcpEarlyDemux)),
    ...told("externalSnat", agent ? variable(agent, "AWS_VPC_K8S_CNI_EXTERNALSNAT", false, parseBool) : said("externalSnat", cni.externalSnat)),
    ...told("ipv6", agent ? variable(agent, "ENABLE_IPv6", false, parseBool) : undefined),
    ...told("nodeLocalDns", cache ? { value: true, place: cache.placeOf(["metadata", "name"]) } : said("nodeLocalDns", cni.nodeLocalDns))
  }
}

/** Whether a version is at least another; both as `1.11.0`. */
export const atLeast = (version: string, least: string): boolean => {
  const numbers = (text: string): ReadonlyArray<number> => text.split(".").map((part) => Number.parseInt(part, 10) || 0)
  const [ours, theirs] = [numbers(version), numbers(least)]
  for (const [i, number] of theirs.entries()) {
    if ((ours[i] ?? 0) !== number) return (ours[i] ?? 0) > number
  }
  return true
}

/** The oldest plugin that knows `POD_SECURITY_GROUP_ENFORCING_MODE`. Source: amazon-vpc-cni-k8s, README. */
export const enforcingModeSince = "1.11.0"

/** Whether the pods' groups are enforced strictly: an older plugin knows nothing else. Undefined where nobody said. */
export const isStrict = ({ enforcingMode, version }: Cni): boolean | undefined =>
  version !== undefined && !atLeast(version.value, enforcingModeSince) ? true : enforcingMode && enforcingMode.value === "strict"

/** What a rule about strict mode lacks. */
export const modeUnknown = (subject: { readonly cni: Cni }): string | undefined =>
  isStrict(subject.cni) === undefined ? "the CNI plugin's enforcing mode is not known (give the aws-node DaemonSet, or settings.cni.enforcingMode)" : undefined

/** Where strict mode is said, to be named beside a finding. */
export const modePlace = ({ enforcingMode, version }: Cni) => {
  const told = enforcingMode ?? version
  return told === undefined ? [] : [{ place: told.place, message: "here strict mode is in force" }]
}
