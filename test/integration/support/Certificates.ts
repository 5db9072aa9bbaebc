import { generate } from "selfsigned"

/** A key and its certificate, PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

const day = 86_400_000

export interface Wanted {
  readonly commonName: string
  readonly organizations?: ReadonlyArray<string>
  readonly dnsNames?: ReadonlyArray<string>
  readonly addresses?: ReadonlyArray<string>
  readonly ca?: KeyPair | undefined
  /** From now, milliseconds; negative: it has expired. Default one day. */
  readonly validFor?: number
}

/** A certificate: signed by `ca`, or an authority of its own where there is none. */
export const certificate = async (wanted: Wanted): Promise<KeyPair> => {
  const { addresses = [], ca, commonName, dnsNames = [], organizations = [], validFor = day } = wanted
  const names = [...dnsNames.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))]
  const made = await generate(
    [
      { name: "commonName", value: commonName },
      ...organizations.map((value) => ({ name: "organizationName", value }))
    ],
    {
      keyType: "ec",
      algorithm: "sha256",
      notBeforeDate: new Date(Date.now() - day),
      notAfterDate: new Date(Date.now() + validFor),
      extensions: [
        { name: "basicConstraints", cA: ca === undefined, critical: true },
        ca === undefined
          ? { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true }
          : { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
        ...(ca === undefined ? [] : [{ name: "extKeyUsage" as const, serverAuth: true, clientAuth: true }]),
        ...(names.length === 0 ? [] : [{ name: "subjectAltName" as const, altNames: names }])
      ],
      ...(ca === undefined ? {} : { ca })
    }
  )
  return { key: made.private, cert: made.cert }
}
