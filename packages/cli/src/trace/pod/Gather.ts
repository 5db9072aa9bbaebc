import type { Fact, PodFact } from "../facts/Fact.js"
import type { Whose } from "../read/Wanted.js"

/** What is kept for one pod's story. */
export interface Gathered {
  readonly about: ReadonlyArray<PodFact>
  /** Facts about nodes and policies, some of which turn out to concern the pod. */
  readonly around: ReadonlyArray<Exclude<Fact, PodFact>>
  /** Facts about the pod beyond those that are kept. */
  readonly dropped: number
}

const mostAbout = 20_000
const mostAround = 20_000

/** Gathers what concerns one name, or one UID and the name that it turns out to have. */
export const gather = (whose: Whose): { readonly tell: (fact: Fact) => void; readonly gathered: () => Gathered } => {
  const about: Array<PodFact> = []
  const around: Array<Exclude<Fact, PodFact>> = []
  let dropped = 0
  const isAbout = ({ pod }: PodFact): boolean =>
    whose._tag === "Uid" ? pod.uid === whose.uid : pod.name === whose.name && (pod.namespace === whose.namespace || pod.namespace === "")
  return {
    tell: (fact) => {
      if (!("pod" in fact)) {
        // The newest say how things were; the oldest give way.
        if (around.length >= mostAround) around.splice(0, mostAround / 2)
        around.push(fact)
      } else if (!isAbout(fact)) return
      else if (about.length >= mostAbout) dropped++
      else about.push(fact)
    },
    gathered: () => ({ about, around, dropped })
  }
}
