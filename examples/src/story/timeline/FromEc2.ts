import type { Ec2Call, Parameters } from "@branchline/adapter-memory/ec2/CallLog"
import type { Entry } from "./Entry.js"

/** Said on every call, or by the other parameters. */
const tacit: ReadonlySet<string> = new Set([
  "AwsAccountId", "Attachment.AttachmentId", "ClientToken", "Description", "NetworkCardIndex", "Permission", "SubnetId", "TagSpecifications"
])

/** An id says by its prefix what it is. */
const isId = (value: string): boolean => /^(eni|i|sg|subnet|trunk-assoc)-/.test(value)

const parametersText = (parameters: Parameters): string =>
  Object.entries(parameters).flatMap(([name, value]) => {
    const text = String(value).replaceAll(",", " ")
    if (tacit.has(name) || (name === "InterfaceType" && text === "interface")) return []
    return [isId(text) ? ` ${text}` : ` ${name}=${text}`]
  }).join("")

const ofCall = ({ action, at, outcome, parameters }: Ec2Call): Entry => {
  const head = `${action}${parametersText(parameters)}`
  if (outcome._tag === "refused") return { at, actor: "EC2", text: `${head} → refused: ${outcome.code}`, tone: "warning" }
  const answer = outcome.answer === "" ? "" : ` → ${outcome.answer}`
  return action.startsWith("Describe")
    ? { at, actor: "EC2", text: `${action}${answer}`, tone: "look" }
    : { at, actor: "EC2", text: `${head}${answer}`, tone: "normal" }
}

/** What EC2's call log tells. */
export const fromEc2 = (calls: ReadonlyArray<Ec2Call>): ReadonlyArray<Entry> => calls.map(ofCall)
