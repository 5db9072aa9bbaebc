import type { Path } from "./Place.js"
import type { Container, Probe } from "./Shapes.js"
import type { Workload } from "./Subject.js"

/** A probe that kubelet makes by TCP, to the pod itself. */
export interface TcpProbe {
  /** Of the probe, from the pod's top. */
  readonly path: Path
  readonly kind: "liveness" | "readiness" | "startup"
  /** Undefined where it is named by a name that no container port has. */
  readonly port: number | undefined
}

const named = (port: number | string, { ports }: Container): number | undefined => {
  if (typeof port === "number") return port
  const byName = ports?.find(({ name }) => name === port)?.containerPort
  return byName ?? (/^\d+$/.test(port) ? Number(port) : undefined)
}

const portOf = (probe: Probe, container: Container): { readonly port: number | undefined } | undefined => {
  const asked = probe.httpGet ?? probe.tcpSocket
  // A probe that names a host is not made to the pod.
  if (asked != null) return asked.host ? undefined : { port: named(asked.port, container) }
  return probe.grpc == null ? undefined : { port: probe.grpc.port }
}

/** All probes of a workload's pods that come from kubelet by TCP (HTTP and gRPC do); `exec` ones need no network. */
export const tcpProbes = ({ spec }: Workload): ReadonlyArray<TcpProbe> =>
  (["initContainers", "containers"] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, i) =>
      (["startup", "liveness", "readiness"] as const).flatMap((kind) => {
        const probe = container[`${kind}Probe`]
        const found = probe == null ? undefined : portOf(probe, container)
        return found === undefined ? [] : [{ path: ["spec", list, i, `${kind}Probe`], kind, port: found.port }]
      })))
