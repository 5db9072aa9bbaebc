import { Option } from "effect"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/**
 * A length of time as Go and kubectl write it, in milliseconds; none where the text is none. Source: Go, `time.ParseDuration`.
 *
 * @example parseDuration("1m30s") // Option.some(90_000)
 */
export const parseDuration = (text: string): Option.Option<number> => {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return Option.none()
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)
  return Option.some([...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0))
}
