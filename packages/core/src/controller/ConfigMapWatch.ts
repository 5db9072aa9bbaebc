import { Clock, Effect } from "effect"
import type { ConfigMap } from "../model/ConfigMap.js"
import { configMaps } from "../model/Resource.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import { type ConfigMapSettings, read, silent } from "./ConfigMapSettings.js"
import { allocationSettings, type Parts } from "./Parts.js"
import { regarding } from "./Recorder.js"
import type { Change } from "./Reflector.js"
import * as Texts from "./Texts.js"

/** The ConfigMap's settings in force. */
export interface ConfigMapBook {
  readonly inForce: () => ConfigMapSettings
  readonly set: (settings: ConfigMapSettings) => void
}

export const makeBook = (): ConfigMapBook => {
  let inForce = silent
  return {
    inForce: () => inForce,
    set: (settings) => {
      inForce = settings
    }
  }
}

/** The ConfigMap came, changed or went: good values are in force at once, a bad one leaves the last good one and is named in an event. */
export const configMapChanged = Effect.fnUntraced(function*(parts: Parts, book: ConfigMapBook, change: Change<ConfigMap>) {
  const before = allocationSettings(parts).cooldown
  const { problems, settings } = read(change._tag === "Vanished" ? undefined : change.object, book.inForce())
  book.set(settings)
  for (const { expected, key, value } of problems) {
    yield* parts.recorder.about(regarding(configMaps, change.object.metadata), Texts.badConfigMapValue(key, value, expected))
  }
  const after = allocationSettings(parts)
  if (after.cooldown === before) return
  const now = yield* Clock.currentTimeMillis
  for (const member of parts.fleet.members()) {
    yield* applyAndDispatch(parts, member, { _tag: "SettingsChanged", settings: after, now })
    if (member.nodeName !== undefined) yield* parts.recorder.node(member.nodeName, Texts.cooldownUpdated(after.cooldown))
  }
})
