import { describe, layer } from "@effect/vitest"
import {
  associationLimits,
  associationPermissions,
  associations,
  associationTokens
} from "./ec2/Associations.js"
import { attachmentPermissions, attachments } from "./ec2/Attachments.js"
import { clientTokens } from "./ec2/ClientTokens.js"
import { describes } from "./ec2/Describes.js"
import type { Ec2ContractPart, Ec2ContractSetup, It } from "./ec2/Harness.js"
import { fullSubnets, groupQuota, interfaces, permissions, references, trunkInterfaces } from "./ec2/Interfaces.js"

export { type Ec2ContractPart, type Ec2ContractSetup, Ec2Harness, type HarnessInstance } from "./ec2/Harness.js"

/** The chapters of the contract, and what a backend must have for each. */
const chapters: ReadonlyArray<{
  readonly name: string
  readonly needs: ReadonlyArray<Ec2ContractPart>
  readonly tests: (it: It) => void
}> = [
  { name: "interfaces", needs: [], tests: interfaces },
  { name: "trunk interfaces", needs: ["trunks"], tests: trunkInterfaces },
  { name: "references", needs: ["references"], tests: references },
  { name: "full subnets", needs: ["full subnets", "trunks"], tests: fullSubnets },
  { name: "group quota", needs: ["group quota"], tests: groupQuota },
  { name: "describes", needs: [], tests: describes },
  { name: "client tokens", needs: ["client tokens", "trunks"], tests: clientTokens },
  { name: "permissions", needs: ["permissions"], tests: permissions },
  { name: "attachments", needs: ["attachments", "permissions", "trunks"], tests: attachments },
  { name: "attachments without permission", needs: ["attachments", "permissions", "trunks"], tests: attachmentPermissions },
  { name: "associations", needs: ["associations", "permissions", "trunks"], tests: associations },
  { name: "association tokens", needs: ["associations", "permissions", "trunks", "client tokens"], tests: associationTokens },
  { name: "associations without permission", needs: ["associations", "permissions", "trunks"], tests: associationPermissions },
  { name: "association limits", needs: ["associations", "permissions", "trunks", "attachments"], tests: associationLimits }
]

/**
 * The contract of the `Ec2` port as a vitest suite: every adapter passes it. It uses only the port, the harness and the clock that it
 * finds, so it runs in virtual time as well as over the wire; what describes see is awaited, for they are eventually consistent.
 *
 * ```ts
 * ec2Contract("memory", { layer: Layer.effectContext(…) }) // Layer<Ec2 | Ec2Harness>
 * ```
 */
export const ec2Contract = <E>(name: string, setup: Ec2ContractSetup<E>): void => {
  const lacking = new Set(setup.without)
  describe(`Ec2 contract: ${name}`, () => {
    layer(setup.layer, { excludeTestServices: true })((it) => {
      for (const chapter of chapters.filter(({ needs }) => !needs.some((part) => lacking.has(part)))) {
        describe(`${chapter.name}`, () => {
          chapter.tests(it)
        })
      }
    })
  })
}
