import { podEni } from "@branchline/core/model/Names"
import { Agent, request } from "undici"
import { certificate } from "../../test/integration/support/Certificates.js"
import type { ControlPlane } from "../../test/integration/support/ControlPlane.js"

/** When a watcher of the API server saw what became of a pod, milliseconds of `performance.now`. */
export interface Sightings {
  bound?: number
  annotated?: number
}

/** Pods by name, as a watch of their namespace tells. */
export interface PodWatch {
  readonly seen: ReadonlyMap<string, Sightings>
  /** Waits until so many of these have the annotation. */
  readonly annotated: (names: ReadonlyArray<string>) => Promise<void>
  readonly close: () => Promise<void>
}

interface WatchLine {
  readonly object: {
    readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> }
    readonly spec: { readonly nodeName?: string }
  }
}

/** Watches the pods of the namespace `default` from now on, in the administrator's name. */
export const watchPods = async (plane: ControlPlane): Promise<PodWatch> => {
  const pair = await certificate({ commonName: "watcher", organizations: ["system:masters"], ca: plane.ca })
  const agent = new Agent({ connect: { ca: plane.ca.cert, cert: pair.cert, key: pair.key }, bodyTimeout: 0 })
  const seen = new Map<string, Sightings>()
  let woken: () => void = () => {}
  let closed = false
  let version = "0"
  const note = (line: string): void => {
    const { object: { metadata, spec } } = JSON.parse(line) as WatchLine
    const now = performance.now()
    const pod = seen.get(metadata.name) ?? {}
    if (spec.nodeName !== undefined) pod.bound ??= now
    if (metadata.annotations?.[podEni] !== undefined) pod.annotated ??= now
    seen.set(metadata.name, pod)
    version = metadata.resourceVersion
  }
  const follow = async (): Promise<void> => {
    const { body, statusCode } = await request(`${plane.server}/api/v1/namespaces/default/pods?watch=true&resourceVersion=${version}`, { dispatcher: agent })
    if (statusCode !== 200) throw new Error(`the pods cannot be watched: ${await body.text()}`)
    let rest = ""
    body.setEncoding("utf8")
    for await (const chunk of body) {
      const lines = (rest + String(chunk)).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line !== "") note(line)
      woken()
    }
  }
  const over = (async () => {
    // The API server ends the watch of a client that cannot keep up: it goes on from where it was.
    while (!closed) await follow().catch((error: unknown) => closed ? undefined : Promise.reject(error))
  })()
  return {
    seen,
    annotated: async (names) => {
      while (!names.every((name) => seen.get(name)?.annotated !== undefined)) await new Promise<void>((resolve) => (woken = resolve))
    },
    close: async () => {
      closed = true
      await agent.destroy()
      await over
    }
  }
}
