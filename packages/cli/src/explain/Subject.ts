import { Result } from "effect"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { nearestName } from "../output/Nearest.js"

/** Who or what is to be explained. */
export interface Subject {
  readonly kind: "pod" | "policy" | "node"
  readonly name: string
}

/** Words for a kind, kubectl's short names among them. */
const words: Readonly<Record<string, Subject["kind"]>> = {
  pod: "pod",
  pods: "pod",
  po: "pod",
  policy: "policy",
  policies: "policy",
  sgp: "policy",
  securitygrouppolicy: "policy",
  securitygrouppolicies: "policy",
  node: "node",
  nodes: "node",
  no: "node",
  cnd: "node",
  cninode: "node",
  cninodes: "node"
}

/** `pod web-1` or `pod/web-1`, as kubectl takes them. */
export const subjectOf = (said: string, name: string | undefined): Result.Result<Subject, CouldNotLook> => {
  const [word = "", part, ...rest] = name === undefined ? said.split("/") : [said, name]
  const kind = words[word.toLowerCase()]
  if (kind === undefined) {
    const near = nearestName(word.toLowerCase(), Object.keys(words))
    return Result.fail(new CouldNotLook({ message: `"${word}" is nothing that can be explained${near === undefined ? "" : `, did you mean "${near}"?`}`, mend: "say pod, policy or node, and its name" }))
  }
  if (part === undefined || part === "" || rest.length > 0) {
    return Result.fail(new CouldNotLook({ message: `which ${kind} is to be explained?`, mend: `say its name: explain ${kind} NAME` }))
  }
  return Result.succeed({ kind, name: part })
}
