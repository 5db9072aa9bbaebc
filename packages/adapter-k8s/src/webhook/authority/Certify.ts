import { DateTime } from "effect"
import { generate, type SelfsignedOptions } from "selfsigned"
import type { KeyPair } from "../TlsSource.js"
import type { Validity } from "./Issuer.js"

const date = (millis: number): Date => DateTime.toDate(DateTime.makeUnsafe(millis))

/**
 * A new key and its certificate. In a module of its own, to be imported when one is needed: the library holds 10 MB of memory, and a static import of it here
 * means the same thing to Node and to every bundler, which an `import()` of CommonJS does not.
 */
export const certify = async (commonName: string, { notAfter, notBefore }: Validity, options: SelfsignedOptions): Promise<KeyPair> => {
  const made = await generate([{ name: "commonName", value: commonName }], {
    ...options,
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: date(notBefore),
    notAfterDate: date(notAfter)
  })
  // Ended as a line, as PEM is everywhere else: the same certificate is the same text, alone and in a bundle.
  return { key: made.private, cert: `${made.cert.trimEnd()}\n` }
}
