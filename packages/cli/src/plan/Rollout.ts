import { life } from "./Life.js"
import { bucketOf } from "./Throttle.js"

/** In which order old pods go and new ones come. Source: Kubernetes, "Deployments", "StatefulSets", "Perform a Rolling Update on a DaemonSet". */
export type Rule =
  /** New pods only: all at once, or each after the one before it is available. */
  | { readonly _tag: "Create"; readonly ordered: boolean }
  /** All old ones first. */
  | { readonly _tag: "Recreate" }
  /** Of a Deployment: so many more than wanted at most, so many fewer than wanted at most. */
  | { readonly _tag: "Rolling"; readonly surge: number; readonly unavailable: number }
  /** Of what has places (a StatefulSet's ordinals, a DaemonSet's nodes): each place's new pod after its old one, or with `surge` beside it. */
  | { readonly _tag: "InPlace"; readonly surge: number; readonly unavailable: number; readonly ordered: boolean }

/** A change of pods, and the room for it. */
export interface RolloutAsked {
  readonly rule: Rule
  /** Pods that go; the first `branches` of them hold a branch. */
  readonly old: { readonly count: number; readonly branches: number }
  /** Pods that come. */
  readonly wanted: number
  /** Whether those ask for a branch. */
  readonly asks: boolean
  /** How long a new pod has to be ready before it counts, milliseconds (`minReadySeconds`). */
  readonly minReady: number
  /** Milliseconds (contract §6). */
  readonly cooldown: number
  /** Free slots by pool; a pod's slot is of one pool. Infinity where slots are not judged. */
  readonly slots: ReadonlyArray<number>
  /** Slots that cool already: in which pool, and in how many milliseconds the cooldown is over. */
  readonly cooling: ReadonlyArray<{ readonly pool: number; readonly in: number }>
  /** Free addresses; Infinity where they are not judged. */
  readonly addresses: number
  /** The pools of old and new pods by their places; pool 0 where there is none. */
  readonly pools?: { readonly old: ReadonlyArray<number>; readonly new: ReadonlyArray<number> }
}

/** How it goes at the quickest: pods that start and stop in no time, calls that take none. Times are milliseconds. */
export interface Rollout {
  /** Until the last new pod is available; undefined: it never is. */
  readonly lasts: number | undefined
  /** Until the last branch of an old pod is deleted. */
  readonly settled: number
  /** Branches of these pods at the same time, at most: those that cool among them. Each holds a slot and an address. */
  readonly peak: number
  /** Times at which a pod waited although it was its turn. */
  readonly stalls: {
    readonly count: number
    readonly total: number
    readonly longest: number
    /** Slots that cooled meanwhile, at most. */
    readonly cooling: number
    readonly lacks: ReadonlyArray<Lack>
  }
  /** New pods that never get a slot, or never come because of those. */
  readonly unserved: number
}

/** Pods of one change at most: beyond that nothing is played. */
export const mostPods = 100_000

interface Due {
  readonly at: number
  readonly pool: number
  /** Whose branch it is: one of these pods', or one that cooled before. */
  readonly own: boolean
}

/** In order of time, as they are added. */
interface Queue<A> {
  readonly items: Array<A>
  head: number
}

const queue = <A>(items: Array<A> = []): Queue<A> => ({ items, head: 0 })
const nextOf = ({ head, items }: Queue<{ readonly at: number }>): number => items[head]?.at ?? Infinity

interface State {
  /** Old pods that were removed, and new ones that were made, and that are available. */
  removed: number
  made: number
  available: number
}

interface Turn {
  readonly remove: number
  readonly make: number
}

const rest: Turn = { remove: 0, make: 0 }

const turnOf = ({ old, rule, wanted }: RolloutAsked, { available, made, removed }: State): Turn => {
  const left = old.count - removed
  switch (rule._tag) {
    case "Create":
      return rule.ordered && available < made ? rest : { remove: 0, make: rule.ordered ? Math.min(1, wanted - made) : wanted - made }
    case "Recreate":
      return left > 0 ? { remove: left, make: 0 } : { remove: 0, make: wanted - made }
    case "Rolling":
      return {
        make: Math.min(wanted - made, wanted + rule.surge - left - made),
        remove: Math.min(left, left + available - (wanted - rule.unavailable))
      }
    case "InPlace": {
      const missing = Math.max(0, wanted - old.count)
      const surplus = Math.max(0, old.count - wanted)
      if (removed < surplus) return { remove: surplus - removed, make: 0 }
      const replaced = removed - surplus
      const without = missing + replaced - available
      const beside = rule.surge > 0 ? rule.surge : 0
      const due = Math.min(wanted, missing + replaced + beside) - made
      return {
        make: rule.ordered ? (available < made ? 0 : Math.min(1, due)) : due,
        // With surge, an old pod goes when its place's new one is available: see there.
        remove: rule.surge > 0 ? 0 : Math.min(left, rule.unavailable - without)
      }
    }
  }
}

/** Pods in line by their pools. */
const lines = () => {
  const places = new Map<number, Array<number>>()
  let length = 0
  return {
    length: () => length,
    add: (pool: number, place: number): void => {
      const line = places.get(pool)
      if (line === undefined) places.set(pool, [place])
      else line.push(place)
      length++
    },
    /** Lets the first of each line go as long as there is room for it. */
    serve: (serve: (place: number) => boolean): void => {
      for (const line of places.values()) {
        let served = 0
        for (const place of line) {
          if (!serve(place)) break
          served++
        }
        line.splice(0, served)
        length -= served
      }
    }
  }
}

type Lack = "slots" | "addresses"

/** Keeps the times at which somebody waits. */
const stopwatch = () => {
  const told = { count: 0, total: 0, longest: 0, cooling: 0 }
  const lacks = new Set<Lack>()
  let since: number | undefined
  return {
    lacks,
    note: (time: number, waits: boolean, cooling: number): void => {
      if (waits) {
        since ??= time
        told.cooling = Math.max(told.cooling, cooling)
      } else if (since !== undefined) {
        const lasted = time - since
        since = undefined
        told.count++
        told.total += lasted
        told.longest = Math.max(told.longest, lasted)
      }
    },
    told: () => ({ ...told, lacks: [...lacks].sort() })
  }
}

/**
 * Plays a change of pods against slots, addresses, cooldown and EC2's default rates. Pure and total; it never takes more slots than there are.
 *
 * @example rollout({ rule: { _tag: "Recreate" }, old: { count: 9, branches: 9 }, wanted: 9, slots: [0], … }).lasts // 60_000
 */
export const rollout = (asked: RolloutAsked): Rollout => {
  const { asks, cooldown, minReady, old, pools, rule, wanted } = asked
  const buckets = new Map([...life.made, ...life.gone].map((action) => [action, bucketOf(action)]))
  const through = (actions: ReadonlyArray<string>, at: number): number => actions.reduce((time, action) => buckets.get(action)?.(time) ?? time, at)
  const slots = [...asked.slots]
  const slotsIn = (pool: number): number => slots[pool] ?? 0
  const newPool = (place: number): number => pools?.new[place] ?? 0
  const state: State = { removed: 0, made: 0, available: 0 }
  const availables = queue<{ readonly at: number; readonly place: number }>()
  const freed = queue<Due>()
  const cooled = queue(asked.cooling.map((one): Due => ({ at: Math.min(Math.max(0, one.in), cooldown), pool: one.pool, own: false })).toSorted((a, b) => a.at - b.at))
  const line = lines()
  const stalls = stopwatch()
  let addresses = asked.addresses
  let held = Math.min(old.count, old.branches)
  let cooling = cooled.items.length
  let peak = held
  let [time, lasts, settled] = [0, 0, 0]

  const remove = (place: number): void => {
    state.removed++
    if (place >= old.branches) return
    cooling++
    cooled.items.push({ at: time + cooldown, pool: pools?.old[place] ?? 0, own: true })
  }
  /** Gives a new pod's branch its room, where there is any. */
  const serve = (place: number): boolean => {
    const pool = newPool(place)
    if (slotsIn(pool) < 1 || addresses < 1) {
      stalls.lacks.add(slotsIn(pool) < 1 ? "slots" : "addresses")
      return false
    }
    slots[pool] = slotsIn(pool) - 1
    addresses--
    peak = Math.max(peak, ++held)
    availables.items.push({ at: through(life.made, time) + minReady, place })
    return true
  }
  const make = (place: number): void => {
    state.made++
    if (!asks) availables.items.push({ at: time + minReady, place })
    else if (!serve(place)) line.add(newPool(place), place)
  }
  const goOn = (): void => {
    line.serve(serve)
    for (let turn = turnOf(asked, state); turn.make > 0 || turn.remove > 0; turn = turnOf(asked, state)) {
      for (let i = 0; i < turn.make; i++) make(state.made)
      for (let i = 0; i < turn.remove; i++) remove(state.removed)
    }
    stalls.note(time, line.length() > 0, cooling)
  }
  const happen = <A extends { readonly at: number }>(from: Queue<A>, each: (item: A) => void): void => {
    for (let item = from.items[from.head]; item !== undefined && item.at <= time; item = from.items[++from.head]) each(item)
  }
  const missing = Math.max(0, wanted - old.count)
  const surplus = Math.max(0, old.count - wanted)

  for (let next = 0; next < Infinity; next = Math.min(nextOf(availables), nextOf(cooled), nextOf(freed))) {
    time = next
    happen(cooled, ({ own, pool }) => freed.items.push({ at: through(life.gone, time), pool, own }))
    happen(freed, ({ own, pool }) => {
      slots[pool] = slotsIn(pool) + 1
      addresses++
      cooling--
      if (!own) return
      held--
      settled = time
    })
    happen(availables, ({ place }) => {
      state.available++
      lasts = time
      if (rule._tag === "InPlace" && rule.surge > 0 && place >= missing && old.count > 0) remove(surplus + place - missing)
    })
    goOn()
  }
  const unserved = wanted - state.available
  return { lasts: unserved > 0 ? undefined : lasts, settled, peak, stalls: stalls.told(), unserved }
}
