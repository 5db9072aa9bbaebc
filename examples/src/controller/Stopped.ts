import type { AccessError } from "@branchline/adapter-k8s/access/AccessError"
import type { OperationsServerError } from "@branchline/adapter-k8s/operations/OperationsServer"
import type { WebhookServerError } from "@branchline/adapter-k8s/webhook/WebhookServerError"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { Data } from "effect"
import { type Finding, findingText } from "../story/BadInput.js"

/** It cannot go on: the exit code (`config/Help.exitCodes`), and one line for each cause with its mend. Not retryable by itself. */
export class Stopped extends Data.TaggedError("Stopped")<{
  readonly code: 1 | 2 | 3
  readonly lines: ReadonlyArray<string>
}> {
  override get message(): string {
    return this.lines.join("\n")
  }
}

export const misconfigured = (findings: ReadonlyArray<Finding>): Stopped => new Stopped({ code: 1, lines: findings.map(findingText) })

export const noAccess = ({ message }: AccessError): Stopped => new Stopped({ code: 2, lines: [message] })

export const noServer = ({ message }: OperationsServerError): Stopped => new Stopped({ code: 3, lines: [message] })

export const noWebhook = ({ message, reason }: WebhookServerError): Stopped =>
  new Stopped({ code: reason === "Forbidden" || reason === "Unreachable" ? 2 : 3, lines: [message] })

export const noAnswer = ({ message, operation, reason }: KubernetesError): Stopped =>
  new Stopped({ code: 2, lines: [reason._tag === "Unavailable" || reason._tag === "UnknownOutcome" ? message : `${message} (${operation})`] })
