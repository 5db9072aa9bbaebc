import { DateTime, Effect } from "effect"
import { generate } from "selfsigned"

/** A key and its certificate, PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

interface Wanted {
  readonly name: string
  readonly ca?: KeyPair
  readonly dnsNames?: ReadonlyArray<string>
  readonly addresses?: ReadonlyArray<string>
  /** When it ends; default so late that it counts whether time is the host's or a test's. */
  readonly until?: string
}

const at = (text: string) => DateTime.toDateUtc(DateTime.makeUnsafe(text))

/** A certificate: signed by `ca`, or an authority of its own where there is none. */
export const certificate = ({ addresses = [], ca, dnsNames = [], name, until = "2049-01-01T00:00:00Z" }: Wanted): Effect.Effect<KeyPair> =>
  Effect.promise(() =>
    generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      notBeforeDate: at("1960-01-01T00:00:00Z"),
      notAfterDate: at(until),
      extensions: [
        { name: "basicConstraints", cA: ca === undefined, critical: true },
        ...(dnsNames.length + addresses.length === 0 ? [] : [{
          name: "subjectAltName" as const,
          altNames: [...dnsNames.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))]
        }])
      ],
      ...(ca === undefined ? {} : { ca })
    })
  ).pipe(Effect.map((made) => ({ key: made.private, cert: made.cert })))

export const base64 = (text: string): string => Buffer.from(text).toString("base64")
