import type { InstanceLimits } from "@branchline/core/limits/InstanceLimits"
import { limitsOf } from "@branchline/core/limits/Limits"
import { Result } from "effect"
import { rejected } from "../../ec2/Refusal.js"
import { type Action, action } from "../Action.js"
import type { Fields } from "../Document.js"
import { filtered, readFilters } from "../Filters.js"
import { pageAsked } from "../Pages.js"

type Row = InstanceLimits & { readonly type: string }

/** What the limits table knows. EC2's answer says nothing of trunks and branches either (Amazon EC2 API Reference, NetworkInfo). */
const typeFields = ({ defaultNetworkCard, hypervisor, interfaces, ipv4PerInterface, networkCards, type }: Row): Fields => ({
  instanceType: type,
  bareMetal: hypervisor === "",
  hypervisor: hypervisor === "" ? undefined : hypervisor,
  networkInfo: {
    maximumNetworkInterfaces: interfaces,
    maximumNetworkCards: networkCards.length,
    defaultNetworkCardIndex: defaultNetworkCard,
    networkCards: networkCards.map(({ index, interfaces: most }) => ({ networkCardIndex: index, maximumNetworkInterfaces: most })),
    ipv4AddressesPerInterface: ipv4PerInterface
  }
})

/** Its ids are names, so it is no describe like the others. */
export const describeTypes: Action = action("DescribeInstanceTypes", {
  takes: ["InstanceType", "Filter", "MaxResults", "NextToken"],
  ignores: ["IncludeUnsupportedInRegion"],
  read: (given) =>
    Result.all({
      asked: Result.succeed(given.list("InstanceType")),
      filters: readFilters(given),
      page: pageAsked(given, { least: 5, most: 100 })
    }),
  effect: ({ asked, filters, page }, { pages, world }) =>
    pages.page("DescribeInstanceTypes", page, () => {
      const { limits } = world.settings
      const unknown = asked.filter((type) => Result.isFailure(limitsOf(limits, type)))
      if (unknown.length > 0) return Result.fail(rejected(`The following supplied instance types do not exist: [${unknown.join(", ")}]`, "InvalidInstanceType"))
      const rows = [...limits].filter(([type]) => asked.length === 0 || asked.includes(type)).map(([type, its]): Row => ({ type, ...its }))
      return filtered(rows, filters, {
        "instance-type": ({ type }) => [type],
        "hypervisor": ({ hypervisor }) => hypervisor === "" ? [] : [hypervisor],
        "bare-metal": ({ hypervisor }) => [String(hypervisor === "")],
        "network-info.maximum-network-interfaces": ({ interfaces }) => [String(interfaces)],
        "network-info.maximum-network-cards": ({ networkCards }) => [String(networkCards.length)],
        "network-info.ipv4-addresses-per-interface": ({ ipv4PerInterface }) => [String(ipv4PerInterface)]
      }, () => ({}))
    }),
  summary: ({ rows }) => `${rows.length} found`,
  answer: ({ next, rows }) => ({ instanceTypeSet: rows.map(typeFields), nextToken: next })
})
