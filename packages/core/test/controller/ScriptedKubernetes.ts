import { Clock, Effect, Latch, Result, Schema, Stream } from "effect"
import { namespacedFields } from "../../src/model/Fields.js"
import { type KubernetesObject, type Resource, resource } from "../../src/model/Resource.js"
import type { Kubernetes, WatchEnd, WatchEvent } from "../../src/ports/Kubernetes.js"
import { KubernetesError, type KubernetesReason } from "../../src/ports/KubernetesError.js"

/** A kind that is small enough to write by hand; a `value` that is no number makes a document malformed. */
export const Thing = Schema.Struct({ metadata: Schema.Struct(namespacedFields), value: Schema.Int })
export type Thing = typeof Thing.Type
export const things = resource({ group: "", version: "v1", kind: "Thing", plural: "things", namespaced: true }, Thing)

export const kubernetesError = (reason: KubernetesReason, operation = "test"): KubernetesError =>
  new KubernetesError({ operation, reason, message: reason._tag })

const notScripted = Effect.die("this method is not scripted")

/** A port of which nothing may be called. */
export const noKubernetes: Kubernetes["Service"] = {
  list: () => notScripted,
  watch: () => Stream.die("this method is not scripted"),
  get: () => notScripted,
  create: () => notScripted,
  patch: () => notScripted,
  delete: () => notScripted,
  recordEvent: () => notScripted
}

/** `list` where there are just these documents. */
export const listing = (...documents: ReadonlyArray<Schema.JsonObject>): Kubernetes["Service"]["list"] => (resource) =>
  Effect.succeed({ items: documents.map((document) => Result.getOrThrow(resource.decode(document))), malformed: [], resourceVersion: "1" })

interface Document {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly resourceVersion: string }
  readonly value: number | string
}

interface Entry {
  readonly type: "Added" | "Modified" | "Deleted" | "Bookmark"
  readonly version: number
  readonly at: number
  readonly document: Document
}

interface Watcher {
  readonly from: number
  next: number
  repeats: ReadonlyArray<Entry>
  silent: boolean
  end: WatchEnd | undefined
  readonly bell: Latch.Latch
}

/** One kind of objects behind a watch that is as bad as the test wants it. */
export const make = () => {
  const objects = new Map<string, Document>()
  const open = new Set<Watcher>()
  let log: Array<Entry> = []
  let version = 100
  let uids = 0
  /** Watches from before this version end `Expired`; those from after the newest one too. */
  let oldest = 0
  let lag = 0
  const calls = { lists: [] as Array<number>, watches: [] as Array<{ readonly at: number; readonly from: string }> }
  const trouble: { list: KubernetesReason | undefined; watch: WatchEnd | undefined } = { list: undefined, watch: undefined }

  const ring = () => {
    for (const watcher of open) watcher.bell.openUnsafe()
  }
  const commit = (type: Entry["type"], name: string, uid: string, value: number | string) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      version++
      const document = { metadata: { name, namespace: "default", uid, resourceVersion: String(version) }, value }
      if (type === "Deleted") objects.delete(name)
      else if (type !== "Bookmark") objects.set(name, document)
      log.push({ type, version, at, document })
      ring()
    })

  const eventOf = <A extends KubernetesObject>(of: Resource<A>, { document, type, version }: Entry): WatchEvent<A> => {
    if (type === "Bookmark") return { _tag: "Bookmark", resourceVersion: String(version) }
    const decoded = of.decode(document)
    return Result.isSuccess(decoded)
      ? { _tag: type, object: decoded.success }
      : {
        _tag: "Malformed",
        object: { key: document.metadata, problem: decoded.failure },
        deleted: type === "Deleted",
        resourceVersion: document.metadata.resourceVersion
      }
  }

  const pull = <A extends KubernetesObject>(of: Resource<A>, watcher: Watcher) =>
    Effect.gen(function*() {
      for (;;) {
        if (watcher.silent) return yield* Effect.never
        if (watcher.end !== undefined) return yield* Effect.fail(watcher.end)
        // What it has not been told is forgotten.
        if (watcher.next < oldest) return yield* Effect.fail<WatchEnd>({ _tag: "Expired" })
        watcher.bell.closeUnsafe()
        const now = yield* Clock.currentTimeMillis
        const due = log.filter((entry) => entry.version > watcher.next && entry.at + lag <= now)
        const [first, ...rest] = [...watcher.repeats, ...due]
        watcher.repeats = []
        watcher.next = due.at(-1)?.version ?? watcher.next
        if (first !== undefined) return [eventOf(of, first), ...rest.map((entry) => eventOf(of, entry))] as const
        const later = log.find((entry) => entry.version > watcher.next)
        yield* later === undefined ? watcher.bell.await : Effect.raceFirst(watcher.bell.await, Effect.sleep(later.at + lag - now))
      }
    })

  const port: Kubernetes["Service"] = {
    ...noKubernetes,
    list: (of) =>
      Effect.gen(function*() {
        calls.lists.push(yield* Clock.currentTimeMillis)
        yield* Effect.sleep(1)
        if (trouble.list !== undefined) return yield* kubernetesError(trouble.list)
        const decoded = [...objects.values()].map((document) => ({ document, result: of.decode(document) }))
        return {
          items: decoded.flatMap(({ result }) => (Result.isSuccess(result) ? [result.success] : [])),
          malformed: decoded.flatMap(({ document, result }) =>
            Result.isFailure(result) ? [{ key: document.metadata, problem: result.failure }] : []
          ),
          resourceVersion: String(version)
        }
      }),
    watch: (of, { resourceVersion }) =>
      Stream.unwrap(Effect.gen(function*() {
        const from = Number(resourceVersion)
        calls.watches.push({ at: yield* Clock.currentTimeMillis, from: resourceVersion })
        if (trouble.watch !== undefined) return Stream.fail(trouble.watch)
        if (from < oldest || from > version) return Stream.fail<WatchEnd>({ _tag: "Expired" })
        const watcher = yield* Effect.acquireRelease(
          Effect.sync((): Watcher => {
            const watcher: Watcher = { from, next: from, repeats: [], silent: false, end: undefined, bell: Latch.makeUnsafe(false) }
            open.add(watcher)
            return watcher
          }),
          (watcher) => Effect.sync(() => open.delete(watcher))
        )
        return Stream.fromPull(Effect.succeed(pull(of, watcher)))
      }))
  }
  const each = (change: (watcher: Watcher) => void) => Effect.sync(() => {
    for (const watcher of open) change(watcher)
    ring()
  })

  return {
    port,
    calls,
    trouble,
    /** The objects that are there, malformed ones too. */
    truth: (): ReadonlyMap<string, Document> => objects,
    watching: () => open.size,
    /** Makes the object, or changes it. */
    put: (name: string, value: number | string) =>
      Effect.suspend(() => {
        const uid = objects.get(name)?.metadata.uid
        return uid === undefined ? commit("Added", name, `uid-${++uids}`, value) : commit("Modified", name, uid, value)
      }),
    remove: (name: string) =>
      Effect.suspend(() => {
        const before = objects.get(name)
        return before === undefined ? Effect.void : commit("Deleted", name, before.metadata.uid, before.value)
      }),
    bookmark: Effect.suspend(() => commit("Bookmark", "", "", 0)),
    end: (end: WatchEnd) => each((watcher) => {
      watcher.end = end
    }),
    silence: each((watcher) => {
      watcher.silent = true
    }),
    /** The last changes once more, also those from before the watch began. */
    replay: (count: number) => each((watcher) => {
      watcher.repeats = log.filter((entry) => entry.version <= watcher.next).slice(-count)
    }),
    lag: (millis: number) => Effect.suspend(() => {
      lag = millis
      return each(() => {})
    }),
    /** History up to now is forgotten. */
    compact: Effect.sync(() => {
      oldest = version
      log = []
      ring()
    }),
    /** A backup comes back: these objects, at versions of that time. */
    restore: (documents: ReadonlyArray<{ readonly name: string; readonly uid: string; readonly value: number }>, at: number) =>
      Effect.suspend(() => {
        objects.clear()
        log = []
        version = at
        oldest = 0
        for (const { name, uid, value } of documents) {
          objects.set(name, { metadata: { name, namespace: "default", uid, resourceVersion: String(++version) }, value })
        }
        return each((watcher) => {
          watcher.end = { _tag: "Closed" }
        })
      })
  }
}

export type ScriptedKubernetes = ReturnType<typeof make>
