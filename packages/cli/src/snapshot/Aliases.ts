import { isIPv6 } from "node:net"

/** Sorts of names, and what their aliases begin with. */
export type Sort = "pod" | "node" | "policy" | "namespace" | "account" | "eniconfig" | "container" | "value" | "cluster" | "group" | "service" | "daemonset" | "event" | "owner" | "holder" | "component"

/** Names that everybody has, and that say nothing about anybody. */
const everybodys: ReadonlySet<string> = new Set([
  "",
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "aws-node",
  "kube-proxy",
  "coredns",
  "kube-dns",
  "node-local-dns",
  "amazon-vpc-cni",
  "cp-vpc-resource-controller",
  "vpc-resource-mutating-webhook",
  "vpc-resource-validating-webhook",
  "aws-vpc-cni-init",
  "true",
  "false"
])

/** The same input gets the same alias, wherever it stands. */
export interface Aliases {
  /** A name of this sort, where it was not seen before. */
  readonly name: (sort: Sort, name: string) => string
  /** A text in which names that are known, ids and addresses are replaced. */
  readonly text: (text: string) => string
  /** The ids and addresses of a text, and nothing else. */
  readonly ids: (text: string) => string
  /** How many different inputs of each sort have an alias. */
  readonly counts: () => Readonly<Record<string, number>>
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0")

/** Ids that EC2 makes, by their prefixes; account ids only where their place tells what they are. */
const patterns: ReadonlyArray<readonly [sort: string, pattern: RegExp, alias: (number: number, match: string) => string]> = [
  ["ids", /\b(?:eni-attach|eni|i|sg|subnet|vpc|trunk-assoc|pl|acl|igw|rtb|vol|ami|sgr)-[0-9a-f]{8,17}\b/g, (number, match) => `${match.slice(0, match.lastIndexOf("-") + 1)}${hex(number, 17)}`],
  ["UIDs", /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (number) => `00000000-0000-4000-8000-${hex(number, 12)}`],
  ["account ids", /(?<=arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)\d{12}\b|\b\d{12}(?=\.dkr\.ecr\b)/g, (number) => String(number).padStart(12, "0")],
  ["MAC addresses", /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/gi, (number) => `02:00:00:${hex((number >> 16) & 255, 2)}:${hex((number >> 8) & 255, 2)}:${hex(number & 255, 2)}`],
  ["host names", /(?<=\bhttps?:\/\/)[^\s/"']+|\b(?:[A-Za-z0-9-]+\.)+eks\.amazonaws\.com(?:\.cn)?\b/g, (number) => `host-${number}.redacted`],
  ["host names", /\bip-\d{1,3}(?:-\d{1,3}){3}(?:\.[a-z0-9-]+)*\b/g, (number) => `host-${number}`]
]

const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g
const ipv6 = /(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi

/** Addresses that stand for all, or for this machine. */
const anywhere: ReadonlySet<string> = new Set(["0.0.0.0", "::", "127.0.0.1", "::1"])

/** What may be an object's name in a sentence; an underscore parts two of them (kubelet's `web-1_default(…)`). */
const word = /[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?/g

export const make = (): Aliases => {
  // A label's value may be what an object is called, and says something else all the same.
  const names = new Map<string, string>()
  const values = new Map<string, string>()
  const bySort = new Map<string, number>()
  const ids = new Map<string, string>()
  const next = (sort: string): number => {
    const number = (bySort.get(sort) ?? 0) + 1
    bySort.set(sort, number)
    return number
  }
  const id = (sort: string, match: string, alias: (number: number, match: string) => string): string => {
    const known = ids.get(match)
    if (known !== undefined) return known
    const made = alias(next(sort), match)
    ids.set(match, made)
    return made
  }
  const address = (match: string): string =>
    anywhere.has(match)
      ? match
      : id("addresses", match, (number) => match.includes(":") ? `fd00::${number.toString(16)}` : `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`)
  const inText = (text: string): string => {
    let next = text
    for (const [sort, pattern, alias] of patterns) next = next.replace(pattern, (match) => id(sort, match, alias))
    return next.replace(ipv4, address).replace(ipv6, (match) => isIPv6(match) ? address(match) : match)
  }
  return {
    name: (sort, name) => {
      if (everybodys.has(name)) return name
      const known = sort === "value" ? values : names
      const before = known.get(name)
      if (before !== undefined) return before
      const made = `${sort}-${next(sort === "value" ? "values of labels" : `${sort} names`)}`
      known.set(name, made)
      return made
    },
    text: (text) => inText(text.replace(word, (match) => names.get(match) ?? values.get(match) ?? match)),
    ids: inText,
    counts: () => Object.fromEntries([...bySort].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}
