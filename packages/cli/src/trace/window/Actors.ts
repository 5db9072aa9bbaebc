import { type Deed, programOf } from "../facts/Fact.js"
import type { Actor } from "./Summary.js"
import type { Shown } from "./Shown.js"

/** Users that are told apart; whoever comes later is counted with the others. */
const most = 1_000

/** Who did what, how often. All nodes are one actor. */
export interface Actors {
  readonly did: (deed: Deed, what: string) => void
  readonly shown: (top: number) => Shown<Actor>
}

const userOf = (user: string): string => (user.startsWith("system:node:") ? "system:node:*" : user)

export const actors = (): Actors => {
  const all = new Map<string, { user: string; agent: string; deeds: Map<string, number>; total: number }>()
  return {
    did: (deed, what) => {
      const user = userOf(deed.user)
      const program = programOf(deed)
      const id = `${user} ${program}`
      const known = all.get(id)
      const actor = known ?? (all.size < most ? { user, agent: program, deeds: new Map(), total: 0 } : all.get("others") ?? { user: "others", agent: "", deeds: new Map(), total: 0 })
      if (known === undefined) all.set(actor.user === "others" ? "others" : id, actor)
      actor.deeds.set(what, (actor.deeds.get(what) ?? 0) + 1)
      actor.total++
    },
    shown: (top) => ({
      count: all.size,
      first: [...all.values()].toSorted((a, b) => b.total - a.total || (a.user < b.user ? -1 : 1)).slice(0, top)
        .map(({ agent, deeds, user }) => ({ user, agent, deeds: Object.fromEntries(deeds) }))
    })
  }
}
