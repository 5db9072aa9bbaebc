import { type AwsFacts, noAwsFacts } from "./AwsFacts.js"
import { build } from "./Build.js"
import { type Given, itemOf } from "./Decode.js"
import type { Background } from "./FromLook.js"
import { lint } from "./Lint.js"
import type { Report } from "./Report.js"
import { defaultSettings, type Settings } from "./Settings.js"
import { read, type Text } from "./Sources.js"

/** What is asked about manifests. */
export interface Asked {
  readonly texts: ReadonlyArray<Text>
  readonly settings?: Settings
  readonly aws?: AwsFacts
  readonly notLooked?: ReadonlyArray<string>
  /** The cluster for which the manifests are: they are judged as if they were applied to it. */
  readonly cluster?: Background | undefined
}

const withMinor = (settings: Settings, cluster: Background | undefined): Settings => ({ ...settings, kubernetesMinor: settings.kubernetesMinor ?? cluster?.kubernetesMinor })

/** The cluster's objects that the manifests leave as they are. */
const untouched = (objects: ReadonlyArray<Given>, manifests: ReadonlyArray<Given>, { namespace }: Settings): ReadonlyArray<Given> => {
  const keyOf = (given: Given): string => {
    const item = itemOf(given, namespace)
    return `${item.apiVersion.split("/").slice(0, -1).join("/")}/${item.kind} ${item.namespace ?? ""}/${item.name}`
  }
  const keys = new Set(manifests.map(keyOf))
  return objects.filter((given) => !keys.has(keyOf(given)))
}

/** Security groups that the policies of these texts name. */
export const groupIdsIn = (texts: ReadonlyArray<Text>): ReadonlyArray<string> =>
  [...new Set(build({ objects: texts.flatMap((text) => read(text).documents), unreadable: [], settings: defaultSettings, aws: noAwsFacts, whole: new Set() }).policies.flatMap(({ groupIds }) => groupIds))]

/**
 * What all rules say of these texts. Pure and total.
 *
 * @example lintTexts({ texts: [{ name: "sgp.yaml", text }] }).findings[0]?.place.line // 12
 */
export const lintTexts = ({ aws = noAwsFacts, cluster, notLooked = [], settings = defaultSettings, texts }: Asked): Report => {
  const all = texts.map(read)
  const manifests = all.flatMap(({ documents }) => documents)
  const subject = build({
    objects: [...manifests, ...untouched(cluster?.objects ?? [], manifests, settings)],
    unreadable: all.flatMap(({ unreadable }) => unreadable),
    settings: withMinor(settings, cluster),
    aws: cluster?.aws ?? aws,
    whole: cluster?.whole ?? new Set()
  })
  const report = lint(subject, all.flatMap(({ silences }) => silences), [...notLooked, ...(cluster?.notLooked ?? [])])
  // The cluster's own faults are not the manifests'.
  return cluster === undefined ? report : { ...report, findings: report.findings.filter(({ place }) => place.file !== undefined) }
}

/** What all rules say of a cluster. Pure and total. */
export const lintCluster = (cluster: Background, settings: Settings = defaultSettings): Report => {
  const { aws, notLooked, objects, refusals, whole } = cluster
  return lint(build({ objects, unreadable: [], settings: withMinor(settings, cluster), aws, whole, refusals }), [], notLooked)
}
