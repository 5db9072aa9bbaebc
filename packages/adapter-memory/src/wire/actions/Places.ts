import { Result } from "effect"
import { rejected } from "../../ec2/Refusal.js"
import { type Action, action } from "../Action.js"
import { filtered, readFilters } from "../Filters.js"

/** The zones of the subnets that there are. */
const zones = action("DescribeAvailabilityZones", {
  takes: ["ZoneName", "Filter"],
  ignores: ["AllAvailabilityZones"],
  read: (given) => Result.all({ asked: Result.succeed(given.list("ZoneName")), filters: readFilters(given) }),
  effect: ({ asked, filters }, { region, world }) => {
    const names = [...new Set([...world.subnets.values()].map(({ zone }) => zone))]
    const unknown = asked.find((name) => !names.includes(name))
    if (unknown !== undefined) return Result.fail(rejected(`Invalid availability zone: [${unknown}]`))
    return filtered(names.filter((name) => asked.length === 0 || asked.includes(name)), filters, {
      "zone-name": (name) => [name],
      "region-name": () => [region],
      "state": () => ["available"],
      "zone-type": () => ["availability-zone"]
    }, () => ({}))
  },
  answer: (names, { region }) => ({
    availabilityZoneInfo: names.map((zoneName) => ({
      zoneName,
      zoneState: "available",
      regionName: region,
      groupName: region,
      networkBorderGroup: region,
      zoneType: "availability-zone",
      optInStatus: "opt-in-not-required",
      messageSet: []
    }))
  })
})

/** The one Region that there is. */
const regions = action("DescribeRegions", {
  takes: ["RegionName", "Filter"],
  ignores: ["AllRegions"],
  read: (given) => Result.all({ asked: Result.succeed(given.list("RegionName")), filters: readFilters(given) }),
  effect: ({ asked, filters }, { region }) => {
    const unknown = asked.find((name) => name !== region)
    if (unknown !== undefined) return Result.fail(rejected(`Invalid region provided: ${unknown}`))
    return filtered([region], filters, {
      "region-name": (name) => [name],
      "endpoint": (name) => [`ec2.${name}.amazonaws.com`],
      "opt-in-status": () => ["opt-in-not-required"]
    }, () => ({}))
  },
  answer: (names) => ({ regionInfo: names.map((name) => ({ regionName: name, regionEndpoint: `ec2.${name}.amazonaws.com`, optInStatus: "opt-in-not-required" })) })
})

export const placeActions: ReadonlyArray<Action> = [zones, regions]
