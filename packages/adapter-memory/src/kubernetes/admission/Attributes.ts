import type { Document } from "../Document.js"
import type { Kind } from "../Kinds.js"
import type { User } from "../User.js"

/** What a request is, as admission plugins see it. */
export interface Attributes {
  readonly kind: Kind
  readonly subresource: "" | "status" | "binding"
  readonly operation: "CREATE" | "UPDATE" | "DELETE"
  /** Empty where the name is still to be generated. */
  readonly name: string
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string
  readonly user: User
  readonly oldObject: Document | undefined
  /** Annotations of the request's audit event, filled on the way. */
  readonly annotations: Record<string, string>
}
