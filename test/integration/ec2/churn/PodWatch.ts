import { Agent, request } from "undici"
import { certificate } from "../../support/Certificates.js"
import type { ControlPlane } from "../../support/ControlPlane.js"
import { branchOf, podsPath, type SeenPod } from "../support/Pods.js"

/** The pods as a watch tells of them, every version of each. */
export interface PodWatch {
  /** By name, those that there are. */
  readonly pods: ReadonlyMap<string, SeenPod>
  /** UIDs of pods that were ever served. */
  readonly served: ReadonlySet<string>
  /** What two living pods of one node shared, or one pod got a second time; must stay empty. */
  readonly wrong: ReadonlyArray<string>
  /** Waits until it is so, looking at each change; fails after the time, milliseconds. */
  readonly until: (what: string, isSo: () => boolean, within: number) => Promise<void>
  readonly close: () => Promise<void>
}

interface Line {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"
  readonly object: SeenPod
}

/** A pod holds its VLAN id on its node from its annotation to the end of its object, or to its containers' end. */
const isOver = ({ status }: SeenPod): boolean => status.phase === "Succeeded" || status.phase === "Failed"

/** Watches the namespace `default` from its first pod on, in the administrator's name. */
export const watchPods = async (plane: ControlPlane): Promise<PodWatch> => {
  const pair = await certificate({ commonName: "watcher", organizations: ["system:masters"], ca: plane.ca })
  const agent = new Agent({ connect: { ca: plane.ca.cert, cert: pair.cert, key: pair.key }, bodyTimeout: 0 })
  const pods = new Map<string, SeenPod>()
  const served = new Set<string>()
  const wrong: Array<string> = []
  /** By node and VLAN id, and by interface: the UID of the pod. */
  const holders = new Map<string, string>()
  const waiting = new Set<() => void>()
  let version = "0"
  let closed = false

  const note = ({ object, type }: Line): void => {
    const { metadata: { name, resourceVersion, uid }, spec } = object
    version = resourceVersion
    const branch = branchOf(object)
    const places = branch === undefined ? [] : [`VLAN ${branch.vlanId} of ${spec.nodeName ?? ""}`, branch.eniId]
    const before = pods.get(name)
    if (type === "DELETED" || isOver(object)) {
      for (const place of places) if (holders.get(place) === uid) holders.delete(place)
    } else {
      for (const place of places) {
        const holder = holders.get(place)
        if (holder !== undefined && holder !== uid) wrong.push(`${name} (${uid}) has ${place} while ${holder} lives`)
        holders.set(place, uid)
      }
      const earlier = before?.metadata.uid === uid ? branchOf(before)?.eniId : undefined
      if (earlier !== undefined && earlier !== branch?.eniId) wrong.push(`${name} (${uid}) had ${earlier}, and then ${branch?.eniId ?? "none"}`)
    }
    if (branch !== undefined) served.add(uid)
    if (type === "DELETED") pods.delete(name)
    else pods.set(name, object)
  }
  const follow = async (): Promise<void> => {
    const { body, statusCode } = await request(`${plane.server}${podsPath}?watch=true&resourceVersion=${version}`, { dispatcher: agent })
    if (statusCode !== 200) throw new Error(`the pods cannot be watched: ${await body.text()}`)
    let rest = ""
    body.setEncoding("utf8")
    for await (const chunk of body) {
      const lines = (rest + String(chunk)).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line !== "") note(JSON.parse(line) as Line)
      for (const look of waiting) look()
    }
  }
  const over = (async () => {
    // The API server ends a watch now and then: it goes on from where it was.
    while (!closed) await follow().catch((error: unknown) => closed ? undefined : Promise.reject(error))
  })()
  return {
    pods,
    served,
    wrong,
    until: (what, isSo, within) =>
      new Promise<void>((resolve, reject) => {
        const end = (act: () => void) => {
          clearTimeout(timer)
          waiting.delete(look)
          act()
        }
        const look = () => {
          if (isSo()) end(resolve)
        }
        const timer = setTimeout(() => end(() => reject(new Error(`not within ${within / 1000} s: ${what}`))), within)
        waiting.add(look)
        look()
      }),
    close: async () => {
      closed = true
      await agent.destroy()
      await over
    }
  }
}
