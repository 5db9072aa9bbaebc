import { allocationTag, instanceIdTag, trunkEniIdTag, vlanIdTag } from "@branchline/core/model/Names"
import type { EniId } from "@branchline/core/model/Ids"
import type { Ec2Call } from "../../ec2/CallLog.js"
import type { Book } from "./Book.js"
import type { Oracle } from "./Oracle.js"

const text = (call: Ec2Call, name: string): string => String(call.parameters[name])

/** Where a branch has tags that name its trunk and VLAN id, they are right from the moment of the association: whoever starts anew reads them. */
export const truthfulTags = (): Oracle => ({
  name: "the tags of an associated branch name its trunk and VLAN id",
  call: (call, { truth }) => {
    if (call.action !== "AssociateTrunkInterface" || call.outcome._tag !== "done") return undefined
    const eniId = text(call, "BranchInterfaceId")
    const tags = truth.interfaceOf(eniId as EniId)?.tags ?? {}
    const wrong = ([[vlanIdTag, "VlanId"], [trunkEniIdTag, "TrunkInterfaceId"]] as const).find(([tag, parameter]) => tags[tag] !== undefined && tags[tag] !== text(call, parameter))
    return wrong === undefined ? undefined : `${eniId} is associated under ${text(call, wrong[1])}, and its tag ${wrong[0]} says ${tags[wrong[0]]}`
  }
})

/** So long a VLAN id that EC2 has refused is left alone, milliseconds; a process that starts anew knows nothing of it. */
const setAsideFor = 5_000

/** A VLAN id that EC2 refuses on a trunk is not asked for again at once. */
export const refusedIdsRest = (): Oracle => {
  const refused = new Map<string, { readonly at: number; readonly starts: number }>()
  return {
    name: "a VLAN id that EC2 has refused is not asked for again at once",
    call: (call, book) => {
      if (call.action !== "AssociateTrunkInterface") return undefined
      const key = `${text(call, "TrunkInterfaceId")} ${text(call, "VlanId")}`
      const last = refused.get(key)
      if (call.outcome._tag === "refused" && call.outcome.code === "InvalidParameterValue") refused.set(key, { at: call.at, starts: book.starts().length })
      return last !== undefined && !book.rivalled() && last.starts === book.starts().length && call.at - last.at < setAsideFor ? `${key} again ${call.at - last.at} ms after EC2 refused it` : undefined
    }
  }
}

const podOf = (claim: string | undefined): string | undefined => claim?.split("/")[0]

const isUsed = ({ tenantsOf, truth }: Book, eniId: EniId): boolean => truth.associationOf(eniId) !== undefined || tenantsOf(eniId).length > 0

/** No interface is made for a pod while EC2 has one that was made for it and this trunk, and that nobody uses: a create is looked for before it is repeated. */
export const nothingTwice = (): Oracle => ({
  name: "no second interface is made for a pod while its first lies unused",
  call: (call, book) => {
    // Two that know nothing of each other find out by what the other has spent.
    if (book.rivalled() || call.action !== "CreateNetworkInterface" || call.outcome._tag !== "done") return undefined
    const made = book.truth.interfaceOf(call.outcome.answer as EniId)
    const pod = podOf(made?.tags[allocationTag])
    if (made === undefined || pod === undefined) return undefined
    for (const other of book.truth.interfaces()) {
      // What was made for a trunk that is gone is given up by whoever begins before the next one is there.
      const isForIt = podOf(other.tags[allocationTag]) === pod && other.tags[instanceIdTag] === made.tags[instanceIdTag] && other.tags[trunkEniIdTag] === made.tags[trunkEniIdTag]
      // What was there before the controller, and what it was not shown, it has not to answer for.
      const isKnown = !book.inherited(other.eniId) && !book.hidden(other.eniId)
      if (other.eniId !== made.eniId && isForIt && isKnown && !isUsed(book, other.eniId)) {
        return `${made.eniId} is made for the pod ${book.pods.get(pod)?.name ?? pod}, and ${other.eniId}, made for it before, is used by nobody`
      }
    }
    return undefined
  }
})
