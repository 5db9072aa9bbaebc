import { Result } from "effect"

/** Where something is served. */
export interface Address {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** `8080`, `:8080`, `127.0.0.1:8080` or `[::1]:8080`; without a host every address is listened on, as with Kubernetes' own components. */
export const readAddress = (text: string): Result.Result<Address, string> => {
  const [, bracketed, plain, digits = ""] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]*)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === "" || port > 65_535) return Result.fail(`"${text}" is no address: say HOST:PORT, such as 127.0.0.1:8080, or :8080 for all addresses`)
  return Result.succeed({ host: bracketed ?? (plain ? plain : "0.0.0.0"), port })
}
