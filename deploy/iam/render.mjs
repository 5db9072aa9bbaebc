#!/usr/bin/env node
// A document of this folder with a cluster's own names in it, for `aws iam create-role` and `put-role-policy`: needs Node 20 and nothing else.
import { readdirSync, readFileSync } from "node:fs"
import { parseArgs } from "node:util"

const folder = new URL(".", import.meta.url)
const documents = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "operations.json").map((name) => name.slice(0, -".json".length))

/** What a value must look like, and what it is. */
const fields = {
  "cluster": { form: /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, means: "the cluster's name" },
  "account": { form: /^\d{12}$/, means: "the account id, 12 digits" },
  "region": { form: /^(\*|[a-z]{2,4}(-[a-z]+)+-\d+)$/, means: "a Region; * is any", otherwise: "*" },
  "partition": { form: /^aws(-[a-z]+)*$/, means: "aws, aws-cn or aws-us-gov", otherwise: "aws" },
  "namespace": { form: /^[a-z0-9-]{1,63}$/, means: "the namespace of the controller's service account", otherwise: "kube-system" },
  "service-account": { form: /^[a-z0-9.-]{1,253}$/, means: "the controller's service account", otherwise: "eks-vpc-resource-controller" },
  "oidc-provider": { form: /^[A-Za-z0-9.-]+(\/[\w./-]+)?$/, means: "the cluster's OIDC issuer without https://" },
  "own-role": { form: /^[\w+=,.@/-]{1,512}$/, means: "the name of the controller's own role" },
  "cluster-role": { form: /^[\w+=,.@/-]{1,512}$/, means: "the name of the role that it assumes" },
  "external-id": { form: /^[\w+=,.@:/-]{2,1224}$/, means: "the external id that it shows" }
}

const fail = (lines) => {
  for (const line of lines) console.error(`error: ${line}`)
  process.exit(1)
}

const usage = `node deploy/iam/render.mjs <document> --cluster <name> --account <id> [--region <region>] …; documents: ${documents.join(", ")}`

const given = (() => {
  try {
    return parseArgs({ allowPositionals: true, options: Object.fromEntries(Object.keys(fields).map((name) => [name, { type: "string" }])) })
  } catch (error) {
    return fail([`${error.message.split(".")[0]}; say ${usage}`])
  }
})()

const [name, ...more] = given.positionals
if (name === undefined || more.length > 0) fail([`one document at a time: ${usage}`])
if (!documents.includes(name)) fail([`there is no document ${JSON.stringify(name)}; choose one of ${documents.join(", ")}`])

const template = readFileSync(new URL(`${name}.json`, folder), "utf8")
const wanted = [...new Set([...template.matchAll(/\{\{([a-z-]+)\}\}/g)].map(([, field]) => field))]
const problems = wanted.flatMap((field) => {
  const { form, means, otherwise } = fields[field]
  const value = given.values[field] ?? otherwise
  if (value === undefined) return [`${name} needs --${field}: ${means}`]
  return form.test(value) ? [] : [`--${field}: ${JSON.stringify(value)} is not ${means}`]
})
if (problems.length > 0) fail(problems)
process.stdout.write(template.replace(/\{\{([a-z-]+)\}\}/g, (_, field) => given.values[field] ?? fields[field].otherwise))
