import type { ObjectKey } from "@branchline/core/ports/Kubernetes"
import { type Document, resourceVersionOf, withMetadata } from "./Document.js"
import type { Kind } from "./Kinds.js"

/** One write that took effect. */
export interface Change {
  readonly version: number
  /** When, in milliseconds. */
  readonly at: number
  readonly kind: Kind
  readonly before: Document | undefined
  readonly after: Document | undefined
  /** What a watcher is shown: the object after the change, or, deleted, its last state at the deletion's version. */
  readonly object: Document
}

/** The changes of one kind that are still remembered, oldest first. */
export interface Journal {
  readonly changes: ReadonlyArray<Change>
  /** How many were forgotten: `changes[i]` is change number `forgotten + i`. */
  readonly forgotten: number
}

/** What etcd and the watch cache are to kube-apiserver: objects, one version counter for all of them, and a bounded memory of changes. */
export interface Store {
  readonly version: () => number
  readonly get: (kind: Kind, key: ObjectKey) => Document | undefined
  /** All objects of a kind, in the order of namespace and name. */
  readonly list: (kind: Kind) => ReadonlyArray<Document>
  /** Puts a document there (`undefined`: takes it away) at the next version and answers what a watcher is shown. */
  readonly commit: (kind: Kind, key: ObjectKey, after: Document | undefined, at: number) => Document
  readonly journal: (kind: Kind) => Journal
  /** Whether a watch can begin after this version: it has been reached, and is not forgotten. */
  readonly remembers: (kind: Kind, version: number) => boolean
  /** Forgets all changes. */
  readonly compact: () => void
  /** Calls `listener` at once after each change, inside the writer. */
  readonly observe: (listener: (change: Change) => void) => void
}

interface Shelf {
  readonly objects: Map<string, Document>
  /** The objects in order; undefined since one came or went, or was changed. */
  sorted: ReadonlyArray<Document> | undefined
  changes: Array<Change>
  forgotten: number
  /** The newest version that was forgotten. */
  floor: number
}

// A control character sorts below every character of a name, so that text order is the order of (namespace, name), as in etcd.
const keyOf = (key: ObjectKey): string => `${key.namespace ?? ""}\u0000${key.name}`

export const make = (historyLimit: number): Store => {
  const shelves = new Map<Kind, Shelf>()
  const listeners: Array<(change: Change) => void> = []
  let version = 0
  let compacted = 0

  const shelfOf = (kind: Kind): Shelf => {
    let shelf = shelves.get(kind)
    if (shelf === undefined) shelves.set(kind, shelf = { objects: new Map(), sorted: [], changes: [], forgotten: 0, floor: 0 })
    return shelf
  }

  const forget = (shelf: Shelf, count: number): void => {
    shelf.floor = shelf.changes[count - 1]?.version ?? shelf.floor
    shelf.changes = shelf.changes.slice(count)
    shelf.forgotten += count
  }

  return {
    version: () => version,
    get: (kind, key) => shelfOf(kind).objects.get(keyOf(key)),
    list: (kind) => {
      const shelf = shelfOf(kind)
      return shelf.sorted ??= [...shelf.objects].sort(([a], [b]) => a < b ? -1 : 1).map(([, document]) => document)
    },
    commit: (kind, key, after, at) => {
      const shelf = shelfOf(kind)
      const name = keyOf(key)
      const before = shelf.objects.get(name)
      version += 1
      const object = withMetadata(after ?? before ?? {}, { resourceVersion: String(version) })
      if (after === undefined) shelf.objects.delete(name)
      else shelf.objects.set(name, object)
      shelf.sorted = undefined
      const change: Change = { version, at, kind, before, after: after === undefined ? undefined : object, object }
      shelf.changes.push(change)
      // Half at a time: dropping one by one would copy the list at every write.
      if (shelf.changes.length > 2 * historyLimit) forget(shelf, shelf.changes.length - historyLimit)
      for (const listener of listeners) listener(change)
      return object
    },
    journal: shelfOf,
    remembers: (kind, from) => from <= version && from >= compacted && from >= shelfOf(kind).floor,
    compact: () => {
      compacted = version
      for (const shelf of shelves.values()) forget(shelf, shelf.changes.length)
    },
    observe: (listener) => {
      listeners.push(listener)
    }
  }
}

/** The version of a stored document as a number. */
export const versionOf = (document: Document): number => Number(resourceVersionOf(document))
