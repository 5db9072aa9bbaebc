import type { Tags } from "@branchline/core/ports/Ec2"
import { DateTime } from "effect"
import type { Account } from "../Action.js"
import type { Content } from "../Document.js"

export const tagSet = (tags: Tags): Content => Object.entries(tags).map(([key, value]) => ({ key, value }))

export const groupSet = ({ world }: Account, groups: ReadonlyArray<string>): Content =>
  groups.map((groupId) => ({ groupId, groupName: world.groups.get(groupId as never)?.name ?? groupId }))

/** `2026-01-02T03:04:05.000Z`, from clock milliseconds. */
export const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** The IP name of a host. Source: Amazon EC2 User Guide, "EC2 instance hostnames and domains". */
export const privateName = ({ region }: Account, privateIp: string): string =>
  `ip-${privateIp.replaceAll(".", "-")}.${region === "us-east-1" ? "ec2" : `${region}.compute`}.internal`

export const zoneOf = ({ world }: Account, subnetId: string): string => world.subnets.get(subnetId)?.zone ?? ""
