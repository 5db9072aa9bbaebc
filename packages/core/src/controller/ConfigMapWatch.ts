import { Effect } from "effect"
import { configMaps } from "../model/Resource.js"
import { applyAndDispatch } from "./BranchReconciler.js"
import type { Reading } from "./ConfigMapBook.js"
import { allocationSettings, type Parts } from "./Parts.js"
import { regarding } from "./Recorder.js"
import * as Texts from "./Texts.js"
import { steadyNow } from "./Steady.js"

/** What follows from the ConfigMap's coming, changing or going: each bad value is named in an event, and a new cooldown holds for what cools already. */
export const configMapRead = Effect.fnUntraced(function*(parts: Parts, { before, object, problems, settings }: Reading) {
  for (const { expected, key, value } of problems) {
    yield* parts.recorder.about(regarding(configMaps, object.metadata), Texts.badConfigMapValue(key, value, expected))
  }
  const after = allocationSettings({ settings: parts.settings, configMap: () => settings })
  if (after.cooldown === allocationSettings({ settings: parts.settings, configMap: () => before }).cooldown) return
  const now = yield* steadyNow
  for (const member of parts.fleet.members()) {
    yield* applyAndDispatch(parts, member, { _tag: "SettingsChanged", settings: after, now })
    if (member.nodeName !== undefined) yield* parts.recorder.node(member.nodeName, Texts.cooldownUpdated(after.cooldown))
  }
})
