import type { Branch, BranchKey, BranchState } from "@branchline/core/allocation/Branch"
import * as Trunk from "@branchline/core/allocation/Trunk"
import type { TrunkEvent } from "@branchline/core/allocation/TrunkEvent"
import type { StepObserver } from "@branchline/core/controller/Fleet"
import type { Instruments } from "./Instruments.js"

type Failed = Extract<TrunkEvent, { readonly _tag: "CommandFailed" }>

/** How upstream counts the failure of the step that a branch is at. Source: pkg/provider/branch/trunk/trunk.go, provider.go. */
const failureOf = (state: BranchState["_tag"]):
  | { readonly name: "trunk_eni_operations_err_count" | "branch_eni_opeartions_failure_count"; readonly operation: string }
  | { readonly name: "branch_provider_operations_err_count"; readonly operation: string }
  | undefined => {
  switch (state) {
    case "Creating":
    case "Permitting":
      return { name: "branch_eni_opeartions_failure_count", operation: "creating_branch_eni_failed" }
    case "Retagging":
      return { name: "trunk_eni_operations_err_count", operation: "tag_branch" }
    case "Associating":
      return { name: "trunk_eni_operations_err_count", operation: "associate_branch" }
    case "Regrouping":
      return { name: "trunk_eni_operations_err_count", operation: "regroup_branch" }
    case "Disassociating":
      return { name: "trunk_eni_operations_err_count", operation: "disassociate_trunk_error" }
    case "Announcing":
    case "InUse":
      return { name: "branch_provider_operations_err_count", operation: "annotate_branch_eni" }
    case "Deleting":
      return { name: "branch_eni_opeartions_failure_count", operation: "delete_branch_error" }
    case "Cooling":
    case "Idle":
      return undefined
  }
}

/** When a pod's branch got how far, milliseconds since the epoch. */
interface Course {
  readonly asked: number
  begun: number | undefined
  associated: number | undefined
}

const isServing = (branch: Branch | undefined): branch is Branch =>
  branch !== undefined && branch.state._tag !== "Cooling" && branch.state._tag !== "Idle" && branch.state._tag !== "Disassociating" &&
  branch.state._tag !== "Deleting"

/**
 * Counts what trunks go through. One observer is one controller's: it remembers when each pod that is not served yet began to wait, and
 * forgets it with the end of the wait. A step costs it about a microsecond, and one look at both arrays of branches.
 */
export const observer = (instruments: Instruments): StepObserver => {
  const courses = new Map<BranchKey, Course>()
  const success = (operation: string) => instruments.counter("branch_eni_opeartions_success_count", { operation })
  const created = success("created_branch_eni_succeeded")
  const deleted = success("deleted_branch_succesfully")
  const leaked = success("leaked_branch_enis")
  const refused = instruments.counter("branchline_steps_refused_total")
  const latency = (operation: string) =>
    instruments.distribution("branch_provider_operation_latency", { branch_provider_operation: operation, resource_count: "1" })
  const creation = latency("create_branch_eni")
  const annotation = latency("annotate_branch_eni")
  const allocation = instruments.distribution("branchline_pod_allocation_duration_seconds")

  const failed = (event: Failed, before: Trunk.Trunk): void => {
    const state = Trunk.branchOf(before, event.key)?.state._tag
    if (state === undefined) return
    instruments.counter("branchline_branch_failures_total", { state, kind: event.kind })(1)
    const failure = failureOf(state)
    if (failure === undefined) return
    const { name, operation } = failure
    const labels = name === "branch_provider_operations_err_count" ? { branch_provider_operation: operation } : { operation }
    instruments.counter(name, labels)(1)
  }

  const follow = (event: TrunkEvent, after: Trunk.Trunk): void => {
    switch (event._tag) {
      case "PodRequested": {
        const { uid } = event.pod
        if (courses.has(uid)) return
        const state = Trunk.branchOf(after, uid)?.state._tag
        if (state === "Creating" || after.waiting.some(({ pod }) => pod.uid === uid)) {
          courses.set(uid, { asked: event.now, begun: undefined, associated: undefined })
        }
        return
      }
      case "BranchAssociated": {
        const course = courses.get(event.key)
        if (course === undefined) return
        course.associated = event.now
        if (course.begun !== undefined) creation((event.now - course.begun) / 1000)
        return
      }
      case "PodAnnounced": {
        const course = courses.get(event.key)
        if (course === undefined || Trunk.branchOf(after, event.key)?.state._tag !== "InUse") return
        allocation((event.now - course.asked) / 1000)
        if (course.associated !== undefined) annotation((event.now - course.associated) / 1000)
        courses.delete(event.key)
        return
      }
      case "BranchHeld":
        courses.delete(event.pod.uid)
        return
      case "PodReleased":
        courses.delete(event.key)
    }
  }

  const count = (event: TrunkEvent, before: Trunk.Trunk): void => {
    switch (event._tag) {
      case "BranchCreated":
        created(1)
        return
      case "BranchFound":
        if (Trunk.branchOf(before, event.key)?.state._tag === "Creating") created(1)
        return
      case "BranchDeleted":
        deleted(1)
        return
      case "BranchDiscovered":
        if (event.claimant === undefined) leaked(1)
        if (event.vlanId === undefined) instruments.counter("trunk_eni_operations_err_count", { operation: "get_vlan_from_tag" })(1)
        return
      case "CommandFailed":
        failed(event, before)
    }
  }

  const entered = (before: Trunk.Trunk, after: Trunk.Trunk, now: number): void => {
    if (before.branches === after.branches) return
    const slots = Math.max(before.branches.length, after.branches.length)
    for (let slot = 1; slot < slots; slot++) {
      const was = before.branches[slot]
      const is = after.branches[slot]
      if (was === is || (was?.state._tag === is?.state._tag && was?.key === is?.key)) continue
      const course = isServing(is) ? courses.get(is.key) : undefined
      if (course !== undefined && is?.state._tag === "Creating") course.begun ??= now
      instruments.counter("branchline_branch_transitions_total", { state: is?.state._tag ?? "gone" })(1)
    }
  }

  return (_, event, { commands, refusal, trunk }, before) => {
    if (refusal !== undefined) refused(1)
    else count(event, before)
    follow(event, trunk)
    entered(before, trunk, event.now)
    for (const command of commands) {
      if (command._tag !== "TellPod" || command.news._tag !== "Waits") continue
      const { why } = command.news
      instruments.counter("branchline_pods_told_to_wait_total", { why })(1)
      if (why === "no VLAN id") instruments.counter("trunk_eni_operations_err_count", { operation: "assign_vlan_id" })(1)
    }
  }
}
