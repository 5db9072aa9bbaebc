/** Condition keys of a request, with their values; a key that is absent is not here. */
export type Context = Readonly<Record<string, ReadonlyArray<string>>>

/** The values of a condition key; undefined where the request has none. Keys are compared without regard to case. */
export const valuesOf = (context: Context, key: string): ReadonlyArray<string> | undefined => {
  const direct = context[key]
  if (direct !== undefined) return direct
  const lower = key.toLowerCase()
  const name = Object.keys(context).find((one) => one.toLowerCase() === lower)
  return name === undefined ? undefined : context[name]
}
