import { goDuration } from "@branchline/core/controller/GoDuration"
import { minimumCooldown } from "@branchline/core/controller/Settings"
import type { Finding } from "../../story/BadInput.js"
import type { Resolved } from "./Resolve.js"
import { flagName } from "./Setting.js"
import { type Name, settingOf } from "./Settings.js"
import { aws } from "./settings/Aws.js"
import { ec2InMemory } from "./settings/Ec2.js"

const textOf = (name: Name, value: unknown): string | undefined => value === undefined ? undefined : settingOf(name).kind.write(value)

/** What no setting says by itself but several together do; of those that are `broken` already nothing more is said. */
export const contradictions = (
  { configuration, origins }: Pick<Resolved, "configuration" | "origins">,
  broken: ReadonlySet<Name>
): { readonly errors: ReadonlyArray<Finding>; readonly warnings: ReadonlyArray<Finding> } => {
  const { backend, clusterRoleArn, clusterRoleExternalId, cooldown, dryRun, idleReuse, json, leaderElection, leaseDuration, mode, printConfig, renewDeadline, requestTimeout, retryPeriod, webhookAddress } =
    configuration
  const errors: Array<Finding> = []
  const warnings: Array<Finding> = []
  const at = (name: Name): string => origins[name] === "default" ? `--${flagName(name)}` : origins[name]
  const isSound = (...about: ReadonlyArray<Name>): boolean => !about.some((name) => broken.has(name))
  const isSaid = (name: Name): boolean => origins[name] !== "default"
  /** Said, and not what would hold anyway: a file that was printed names everything. */
  const isOther = (name: Name): boolean => isSaid(name) && textOf(name, configuration[name]) !== textOf(name, settingOf(name).otherwise)

  if (isSound("backend") && backend === "memory") {
    errors.push({ field: at("backend"), message: "memory is the story's, which takes none of these settings", mend: "say --backend kubernetes or --backend aws, or backend in the file" })
  }
  for (const name of Object.keys(backend === "aws" ? ec2InMemory : aws) as ReadonlyArray<Name>) {
    if (!isSound("backend") || backend === "memory" || !isOther(name)) continue
    errors.push(backend === "aws"
      ? { field: at(name), message: "it is for the EC2 in memory, and this one is real", mend: "leave it out, or say --backend kubernetes" }
      : { field: at(name), message: "it is for the real EC2, and this one is in memory", mend: "leave it out, or say --backend aws" })
  }
  if (clusterRoleExternalId !== undefined && clusterRoleArn === undefined) {
    errors.push({ field: at("clusterRoleExternalId"), message: "there is no role that it is for", mend: "say cluster-role-arn, too" })
  }
  if (mode === "observe" && dryRun) errors.push({ field: at("dryRun"), message: "it looks once, and observing goes on", mend: "leave one of the two out" })
  if (isSound("leaseDuration") && leaseDuration % 1_000 !== 0) {
    errors.push({ field: at("leaseDuration"), message: `a Lease counts whole seconds, not ${goDuration(leaseDuration)}`, mend: "round it" })
  }
  if (isSound("renewDeadline", "leaseDuration") && renewDeadline >= leaseDuration) {
    errors.push({
      field: at(isSaid("renewDeadline") ? "renewDeadline" : "leaseDuration"),
      message: `the renew deadline (${goDuration(renewDeadline)}) has to be less than the lease duration (${goDuration(leaseDuration)}), or two could lead at once`,
      mend: "leave it a third or more between them"
    })
  }
  // As core's `ElectionSettings.check`: a second try has to fit, a tenth late.
  if (isSound("retryPeriod", "renewDeadline") && retryPeriod * 1.2 >= renewDeadline) {
    errors.push({
      field: at(isSaid("retryPeriod") ? "retryPeriod" : "renewDeadline"),
      message: `the retry period (${goDuration(retryPeriod)}) has to be well below the renew deadline (${goDuration(renewDeadline)}), or one try decides`,
      mend: "a third of the deadline is usual"
    })
  }
  if (json && !dryRun && mode !== "observe") {
    errors.push({ field: at("json"), message: "it is the form of a dry run's plan, and this is none", mend: "add --dry-run, or leave it out" })
  }
  if (dryRun && printConfig) errors.push({ field: at("printConfig"), message: "it ends before a dry run begins", mend: "leave one of the two out" })

  if (isSound("cooldown") && cooldown < minimumCooldown) {
    warnings.push({
      field: at("cooldown"),
      message: `${goDuration(cooldown)} counts as ${goDuration(minimumCooldown)}`,
      mend: "below that a late tear-down could still meet the next pod's link"
    })
  }
  const respected = leaseDuration - renewDeadline
  if (leaderElection && isSound("requestTimeout", "leaseDuration", "renewDeadline") && respected > 0 && requestTimeout >= respected) {
    warnings.push({
      field: at(isSaid("requestTimeout") ? "requestTimeout" : "leaseDuration"),
      message: `a request of this leader (${goDuration(requestTimeout)}) may still be on its way when another one leads (${goDuration(respected)} after the renew deadline)`,
      mend: "make the request timeout shorter, or the lease longer"
    })
  }
  for (const name of ["idleTimeToLive", "idleCap", "idleAddressFloor"] as const) {
    if (isSaid(name) && idleReuse === "off") warnings.push({ field: at(name), message: "nothing is kept idle, so it changes nothing", mend: "set idle-reuse, too" })
  }
  for (const name of ["webhookCertDir", "webhookService", "webhookSecret", "webhookDnsNames"] as const) {
    if (isSaid(name) && webhookAddress === "off") warnings.push({ field: at(name), message: "no webhook is served, so it changes nothing", mend: "leave webhook-address as it is" })
  }
  return { errors, warnings }
}
