import type { ConfigMap } from "../model/ConfigMap.js"
import { atLeastMinimum } from "./Settings.js"

/** What the ConfigMap `kube-system/amazon-vpc-cni` decides (contract §2, §6). */
export interface ConfigMapSettings {
  /** Milliseconds; undefined where the ConfigMap is silent. */
  readonly cooldown: number | undefined
  readonly windowsIpam: boolean
}

/** A key of the ConfigMap whose value means nothing. */
export interface ConfigMapProblem {
  readonly key: string
  readonly value: string
  /** What a value there has to be. */
  readonly expected: string
}

export const silent: ConfigMapSettings = { cooldown: undefined, windowsIpam: false }

// The spellings of Go's strconv.ParseBool (contract §2).
const truths: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"])
const falsehoods: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"])
// As Go's strconv.Atoi reads it, sign and leading zeros included; longer than a lifetime is no cooldown.
const wholeNumber = /^[+-]?\d{1,9}$/

/**
 * The ConfigMap's settings, with every value that means nothing replaced by the one `inForce`, and named.
 *
 * `branch-eni-cooldown` is whole seconds; below 30 it counts as 30.
 */
export const read = (
  configMap: ConfigMap | undefined,
  inForce: ConfigMapSettings
): { readonly settings: ConfigMapSettings; readonly problems: ReadonlyArray<ConfigMapProblem> } => {
  const data = configMap?.data ?? {}
  const problems: Array<ConfigMapProblem> = []
  const keep = <A>(key: string, value: string, expected: string, otherwise: A): A => {
    problems.push({ key, value, expected })
    return otherwise
  }
  const cooldownText = data["branch-eni-cooldown"]
  const windowsText = data["enable-windows-ipam"]
  const settings: ConfigMapSettings = {
    cooldown: cooldownText === undefined
      ? undefined
      : wholeNumber.test(cooldownText)
      ? atLeastMinimum(Number(cooldownText) * 1000)
      : keep("branch-eni-cooldown", cooldownText, "a whole number of seconds", inForce.cooldown),
    windowsIpam: windowsText === undefined || falsehoods.has(windowsText)
      ? false
      : truths.has(windowsText) || keep("enable-windows-ipam", windowsText, "true or false", inForce.windowsIpam)
  }
  return { settings, problems }
}
