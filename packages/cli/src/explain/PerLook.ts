import type { Look } from "../cluster/Look.js"

/** Worked out once for a look, which nobody changes: a screen tells the stories of all pods. */
export const perLook = <A>(make: (look: Look) => A): (look: Look) => A => {
  const known = new WeakMap<Look, { readonly made: A }>()
  return (look) => {
    const before = known.get(look)
    if (before !== undefined) return before.made
    const made = make(look)
    known.set(look, { made })
    return made
  }
}

/** The same, once for each name. */
export const perName = <A>(make: (look: Look, name: string) => A): (look: Look, name: string) => A => {
  const byName = perLook((): Map<string, A> => new Map())
  return (look, name) => {
    const known = byName(look)
    const before = known.get(name)
    if (before !== undefined) return before
    const made = make(look, name)
    known.set(name, made)
    return made
  }
}
