import { type LimitsTable, publishedLimits } from "@branchline/core/limits/Limits"
import { withOverlay } from "@branchline/core/limits/Overlay"
import { documentedRates } from "@branchline/core/controller/Pacing"
import { atLeastMinimum, type ControllerSettings } from "@branchline/core/controller/Settings"
import { Effect } from "effect"
import { findingText } from "../story/BadInput.js"
import { fieldName } from "../story/manifests/Source.js"
import type { Resolved } from "./config/Resolve.js"
import type { Configuration } from "./config/Settings.js"
import { textOf } from "./Load.js"
import { misconfigured, Stopped } from "./Stopped.js"

/** The core's settings. */
export const controllerSettings = (configuration: Configuration): ControllerSettings => ({
  clusterName: configuration.clusterName ?? "",
  allocation: {
    cooldown: atLeastMinimum(configuration.cooldown),
    vlanQuarantine: configuration.vlanQuarantine,
    vlanRest: configuration.vlanRest,
    idle: configuration.idleReuse === "off" ? undefined : {
      regroup: configuration.idleReuse === "any-groups",
      timeToLive: configuration.idleTimeToLive,
      cap: configuration.idleCap
    }
  },
  annotationForm: configuration.annotationForm,
  unmatched: configuration.unmatched,
  groupsPerInterface: configuration.groupsPerInterface,
  workers: configuration.workers,
  sweepInterval: configuration.sweepInterval,
  idleAddressFloor: configuration.idleAddressFloor,
  rates: configuration.ec2Pacing ? documentedRates : undefined,
  windowsServed: configuration.windowsServed
})

/** The published limits of instance types with the user's file over them. Fails with every line of it that is wrong. */
export const limitsTable = Effect.fnUntraced(function*({ configuration: { limits: file }, origins }: Resolved): Effect.fn.Return<LimitsTable, Stopped> {
  if (file === undefined) return publishedLimits
  const text = yield* textOf(origins.limits, file)
  const { parse } = yield* Effect.promise(() => import("../story/manifests/Yaml.js"))
  const documents = yield* Effect.mapError(Effect.fromResult(parse(file, text)), misconfigured)
  const [source] = documents
  const overlaid = withOverlay(publishedLimits, source?.value ?? {})
  return yield* Effect.mapError(Effect.fromResult(overlaid), ({ issues }) =>
    new Stopped({
      code: 1,
      lines: issues.map(({ path, reason }) => findingText({ file, line: source?.lineOf(path), field: fieldName(path), message: reason, mend: "write what is expected" }))
    }))
})

