import { Ec2Error, type Ec2Reason } from "@branchline/core/ports/Ec2Error"
import { codes, families, type Meaning } from "../../src/errors/Codes.js"
import { tellings } from "../../src/errors/Words.js"

const isRetryable = (reason: Ec2Reason): boolean => new Ec2Error({ action: "", code: "", reason, message: "" }).isRetryable

const reasonText = ({ reason }: Meaning): string => reason === "Open" ? "`UnknownOutcome`, of describes `Unavailable`" : `\`${reason}\``

/** Whether a reason is retryable does not depend on what it is about. */
const again = ({ reason }: Meaning): string => isRetryable({ _tag: reason === "Open" ? "UnknownOutcome" : reason } as Ec2Reason) ? "yes" : "no"

const row = (name: string, meaning: Meaning): string => `| ${name} | ${reasonText(meaning)} | ${again(meaning)} | ${meaning.means} | ${meaning.mend ?? ""} |`

/** Codes of one meaning share a row. */
const rows = (): ReadonlyArray<string> => {
  const byMeaning = new Map<Meaning, ReadonlyArray<string>>()
  for (const [code, meaning] of Object.entries(codes)) byMeaning.set(meaning, [...(byMeaning.get(meaning) ?? []), `\`${code}\``])
  return [...byMeaning].map(([meaning, names]) => row(names.join(", "), meaning))
}

const toldText = (reason: Ec2Reason): string => reason._tag === "Taken" ? `\`Taken\` (${reason.what})` : `\`${reason._tag}\``

/** docs/errors.md. */
export const page = (): string => `# EC2's errors, and what they mean

Written from \`src/errors\` by \`vitest run packages/adapter-ec2/test/errors -u\`.

"Again" tells whether the same call can succeed later although nobody mends anything. An error keeps EC2's code, its words and the request id; what is in the last column
goes with it wherever it is told. \`Client.\` and \`Server.\` in front of a code are passed over.

| Code | Reason | Again | Means | Mend |
|---|---|---|---|---|
${rows().join("\n")}
${families.map(({ like, meaning }) => row(`others like \`${like}\``, meaning)).join("\n")}
| any other | by the HTTP status: 4xx \`Rejected\`, 429 \`Throttled\`, 503 \`Unavailable\`, else \`UnknownOutcome\`, of describes \`Unavailable\` | | | |

An \`UnauthorizedOperation\` names the IAM action that is missing: as EC2's encoded message tells it where the role may \`sts:DecodeAuthorizationMessage\`, else as its
words do, else the call's own; and whether a policy denies it or none allows it. Decoding is asked for once a minute for each action, and after a refusal not for ten minutes.

Credentials, Region or clock: where the SDK finds this machine's clock four minutes off or more, the mend is the clock, whatever the code, and by how much. The SDK signs by EC2's
clock from then on, so the next call succeeds.

## What only the words tell

EC2 has one code for many bad parameters. Where the code says \`Rejected\`, or is unknown, the message's words decide, the first that fit:

| Words | Reason | Source |
|---|---|---|
${tellings.map(({ like, reason, source }) => `| ${like} | ${toldText(reason)} | ${source} |`).join("\n")}

## No answer

| What happened | Reason |
|---|---|
| no connection: no such host, refused, unreachable, not within the connect timeout; TLS that does not come about | \`Unavailable\`: surely nothing was done |
| the connection ends, or nothing comes within the request timeout, or the answer is cut short or cannot be read | \`UnknownOutcome\`, of describes \`Unavailable\` |
| an answer without what it has to hold | the same |
| no credentials, none of that profile, or their file cannot be read | \`Unauthenticated\` |
`
