import { Result } from "effect"
import { findingText } from "../../src/story/BadInput.js"
import { parse } from "../../src/story/manifests/Yaml.js"
import { fileSettings } from "../../src/controller/config/File.js"
import { resolve, type Resolved, type Said } from "../../src/controller/config/Resolve.js"
import { aws } from "../../src/controller/config/settings/Aws.js"
import type { Name } from "../../src/controller/config/Settings.js"

/** What a person has to have said in any case. */
export const enough: Said["flags"] = { backend: "kubernetes", clusterName: "seed" }

/** The backend that a setting is for. */
export const backendFor = (name: Name): "kubernetes" | "aws" => Object.hasOwn(aws, name) ? "aws" : "kubernetes"

/** What has to have been said beside a setting. */
export const enoughFor = (name: Name): Said["flags"] => ({
  ...enough,
  backend: backendFor(name),
  ...(name === "clusterRoleExternalId" ? { clusterRoleArn: others.clusterRoleArn } : {})
})

/** A settings file, or the lines of what is wrong with it. */
export const fileOf = (text: string): NonNullable<Said["file"]> | ReadonlyArray<string> => {
  const read = Result.flatMap(parse("controller.yaml", text), (documents) => fileSettings("controller.yaml", documents))
  return Result.isSuccess(read) ? { path: "controller.yaml", settings: read.success } : read.failure.map(findingText)
}

/** The settings in force, or the lines of what is wrong. */
export const settingsOf = (said: Partial<Said> & { readonly text?: string }): Resolved | ReadonlyArray<string> => {
  const file = said.text === undefined ? undefined : fileOf(said.text)
  if (Array.isArray(file)) return file as ReadonlyArray<string>
  const resolved = resolve({ flags: enough, environment: {}, ...said, file: file as Said["file"] })
  return Result.isSuccess(resolved) ? resolved.success : resolved.failure.map(findingText)
}

/** As {@link settingsOf}, where nothing may be wrong. */
export const sound = (said: Partial<Said> & { readonly text?: string }): Resolved => {
  const found = settingsOf(said)
  if (!("configuration" in found)) throw new Error(found.join("\n"))
  return found
}

/** As {@link settingsOf}, where something has to be wrong. */
export const wrong = (said: Partial<Said> & { readonly text?: string }): ReadonlyArray<string> => {
  const found = settingsOf(said)
  if ("configuration" in found) throw new Error("nothing was wrong")
  return found
}

/** A text that the setting takes and that is not its default. */
export const others: Readonly<Record<Name, string>> = {
  backend: "kubernetes",
  config: "other.yaml",
  mode: "observe",
  lookEvery: "1m",
  dryRun: "true",
  json: "true",
  printConfig: "true",
  clusterName: "blue",
  kubeconfig: "/etc/kubeconfig",
  context: "blue",
  waitForCluster: "1m30s",
  requestTimeout: "45s",
  cooldown: "90s",
  vlanQuarantine: "10m",
  vlanRest: "30s",
  idleReuse: "same-groups",
  idleTimeToLive: "1h30m",
  idleCap: "7",
  idleAddressFloor: "32",
  unmatched: "wait",
  annotationForm: "five",
  windowsServed: "true",
  workers: "8",
  groupsPerInterface: "16",
  limits: "limits.yaml",
  sweepInterval: "1h",
  ec2Pacing: "false",
  region: "eu-west-1",
  ec2Endpoint: "http://127.0.0.1:4566",
  stsEndpoint: "http://127.0.0.1:4567",
  profile: "blue",
  clusterRoleArn: "arn:aws:iam::111122223333:role/cluster",
  clusterRoleExternalId: "blue",
  account: "111122223333",
  fips: "true",
  dualstack: "true",
  ec2Timeout: "5s",
  ec2Subnets: "10.0.0.0/19@eu-west-1a,10.0.32.0/19@eu-west-1b",
  ec2InstanceType: "m5.4xlarge",
  ec2Latency: "250ms",
  ec2Throttle: "documented",
  leaderElection: "false",
  identity: "replica-1",
  leaseNamespace: "blue",
  leaseName: "lease",
  leaseDuration: "1m",
  renewDeadline: "20s",
  retryPeriod: "2.5s",
  webhookAddress: "[::1]:9444",
  webhookCertDir: "/tls",
  webhookNamespace: "blue",
  webhookService: "webhook",
  webhookSecret: "tls",
  webhookDnsNames: "127.0.0.1,localhost",
  metricsAddress: "127.0.0.1:0",
  healthAddress: "off",
  introspectionAddress: "10.0.0.1:80",
  logLevel: "debug",
  logFormat: "json",
  otlpEndpoint: "http://collector:4318",
  qps: "0",
  burst: "1",
  callsAtOnce: "12"
}
