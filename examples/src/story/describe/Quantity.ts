/** What a resource's amount is multiplied by. Source: Kubernetes, "Resource units"; apimachinery, `pkg/api/resource`. */
const suffixes: Readonly<Record<string, number>> = {
  "": 1, m: 0.001, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50
}

/** A quantity as a number; 0 for what is none. */
export const amountOf = (quantity: string): number => {
  const [, digits, suffix = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(quantity) ?? []
  const amount = Number(digits) * (suffixes[suffix] ?? Number.NaN)
  return Number.isNaN(amount) ? 0 : amount
}

/** An amount of CPUs: `250m`, `2`. */
export const cpuText = (amount: number): string => {
  const milli = Math.round(amount * 1000)
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

/** An amount of bytes, in the largest binary unit that it is whole in: `128Mi`. */
export const memoryText = (amount: number): string => {
  const units = ["Pi", "Ti", "Gi", "Mi", "Ki"] as const
  const unit = amount === 0 ? undefined : units.find((one) => amount % (suffixes[one] ?? 1) === 0)
  return unit === undefined ? String(amount) : `${amount / (suffixes[unit] ?? 1)}${unit}`
}
