import { Effect } from "effect"
import type { Kubernetes, ObjectKey } from "@branchline/core/ports/Kubernetes"
import type { KubernetesError } from "@branchline/core/ports/KubernetesError"
import { contentsOf, dataOf, type Secret, secrets } from "./CertificateSecret.js"
import type { Issuer } from "./Issuer.js"
import { type Authority, authorityValidity, type Circumstances, type Due, due, type Holdings, nothing, servingValidity, trustedNow } from "./Rotation.js"

/** The Secret that all replicas share, and what it held when it was last read. */
export interface Vault {
  /**
   * Reads the Secret, does all that is due, and answers what it holds then. Adds to the port's errors `Conflict` and `AlreadyExists`:
   * another replica was first, try again.
   */
  readonly advance: (circumstances: Circumstances) => Effect.Effect<Holdings, KubernetesError>
}

export interface VaultOptions {
  readonly kubernetes: Kubernetes["Service"]
  readonly key: ObjectKey & { readonly namespace: string }
  readonly issuer: Issuer
}

/** Each step leads to one that is not due any more; more than these in a row would be a mistake in the rules, and must not write for ever. */
const mostSteps = 4

const sentences: { readonly [tag in Exclude<Due["_tag"], "Nothing">]: string } = {
  Begin: "a certificate authority for the webhook was made",
  AnnounceAuthority: "the webhook's next certificate authority is announced",
  ChangeAuthority: "the webhook's next certificate authority has taken over",
  Sign: "a certificate for the webhook was signed",
  Tidy: "what is trusted of the webhook's certificate authorities is up to date again: those that have expired are not"
}

const tidied = (holdings: Holdings, now: number): Holdings => ({ ...holdings, trusted: trustedNow(holdings, now) })

export const make = ({ issuer, key, kubernetes }: VaultOptions): Vault => {
  let last: Holdings | undefined

  const newAuthority = (circumstances: Circumstances): Effect.Effect<Authority> => {
    const validity = authorityValidity(circumstances)
    return Effect.map(issuer.authority(validity), (pair) => ({ ...pair, ...validity }))
  }

  const signed = (authority: Authority, names: ReadonlyArray<string>, circumstances: Circumstances) => {
    const validity = servingValidity(circumstances, authority)
    return Effect.map(issuer.serving(authority, names, validity), (pair) => ({ ...pair, ...validity, names, missing: [] }))
  }

  const carryOut = Effect.fnUntraced(function*(what: Exclude<Due, { readonly _tag: "Nothing" }>, holdings: Holdings, circumstances: Circumstances) {
    switch (what._tag) {
      case "Begin": {
        const current = yield* newAuthority(circumstances)
        return { ...holdings, current, next: undefined, serving: yield* signed(current, circumstances.names, circumstances) }
      }
      case "AnnounceAuthority":
        return { ...holdings, next: yield* newAuthority(circumstances) }
      case "ChangeAuthority":
        return { ...holdings, current: what.next, next: undefined, serving: yield* signed(what.next, circumstances.names, circumstances) }
      case "Sign":
        return { ...holdings, serving: yield* signed(what.authority, what.names, circumstances) }
      case "Tidy":
        return holdings
    }
  })

  const read: Effect.Effect<Secret | undefined, KubernetesError> = kubernetes.get(secrets, key).pipe(
    Effect.catchIf((error) => error.reason._tag === "NotFound", () => Effect.succeed(undefined))
  )

  const write = (secret: Secret | undefined, holdings: Holdings): Effect.Effect<Secret, KubernetesError> => {
    const data = dataOf(holdings)
    if (secret !== undefined) {
      const { resourceVersion } = secret.metadata
      return kubernetes.patch(secrets, key, { _tag: "merge", patch: { metadata: { resourceVersion }, data } })
    }
    return kubernetes.create(secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: key.name, namespace: key.namespace },
      type: "Opaque",
      data: Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))
    })
  }

  const place = `${key.namespace}/${key.name}`

  const advance = Effect.fnUntraced(function*(circumstances: Circumstances) {
    let secret = yield* read
    const found = secret === undefined ? { holdings: nothing, problems: [] } : contentsOf(secret, issuer, circumstances.names)
    if (found.problems.length > 0) yield* Effect.logWarning(`the Secret ${place} is damaged and gets mended`, ...found.problems)
    let holdings = found.holdings
    if (holdings.current === undefined && last?.current !== undefined) {
      // The Secret was deleted or emptied: what is in use goes on being used.
      yield* Effect.logWarning(`the Secret ${place} has lost its certificate authority, which is put back`)
      secret = yield* write(secret, last)
      holdings = last
    }
    for (let step = 0; step < mostSteps; step++) {
      const what = due(holdings, circumstances)
      if (what._tag === "Nothing") break
      holdings = tidied(yield* carryOut(what, holdings, circumstances), circumstances.now)
      secret = yield* write(secret, holdings)
      yield* Effect.annotateLogs(Effect.logInfo(sentences[what._tag]), { secret: place })
    }
    last = holdings
    return holdings
  })

  return { advance }
}
