import type { Ec2 } from "@branchline/core/ports/Ec2"
import type { Kubernetes } from "@branchline/core/ports/Kubernetes"
import type { Effect, Scope } from "effect"
import type { Admit } from "../../cluster/Webhooks.js"
import type { Oracle } from "../oracle/Oracle.js"
import type { UsualOracles } from "../oracle/Usual.js"
import type { World } from "./Plan.js"

/** What one process of a controller is given beside the two ports. */
export interface Process {
  /** Different from every other process's. */
  readonly identity: string
  readonly world: World
  /** It is to work at once beside whoever works, as one that was started by mistake, or by somebody who knows no Lease. One that cannot leaves it out. */
  readonly isRival: boolean
  /** Answers the cluster's webhooks from now on, as long as the process lives and `isReady` says so. A controller without webhooks leaves it out. */
  readonly answer: (admit: Admit, isReady: Effect.Effect<boolean>) => void
  /** Says that it remembers nothing from here on, as at the begin of a term of leadership. A start says so by itself. */
  readonly beginsAnew: () => void
  /** Notes that it was in `state` when `event` came, for the count of what was tried. */
  readonly visit: (state: string, event: string) => void
}

/** A controller under test. */
export interface Subject {
  readonly name: string
  /** What its EC2 tags say. */
  readonly clusterName: string
  /** How long it lets a branch cool where nothing else is said, milliseconds. */
  readonly cooldown: number
  /** Idle branches that it keeps on a trunk at most, in such a world. */
  readonly idleCap: (world: World) => number
  /**
   * The rules that it is held to in such a world: the usual ones by default, of which it may leave some out and to which it may add. Asked anew for
   * each life, because rules remember.
   *
   * @example oracles: (usual) => ({ ...usual, patient: undefined, mine: mine() }) // it has another backoff, and a rule of its own
   */
  readonly oracles?: (usual: UsualOracles, world: World) => Readonly<Record<string, Oracle | undefined>>
  /**
   * How long a pod may wait that comes while all is well, milliseconds, where EC2 neither throttles nor answers late; there it may wait four times as long. Default 15 s;
   * `Infinity`: nobody comes.
   */
  readonly soon?: number
  /** What it logs as an error is something that its authors did not foresee, and breaks a rule. Default false: an error is a word like others. */
  readonly errorsAreDefects?: boolean
  /**
   * One process of it, from its start to its end: it ends by being interrupted, as by SIGTERM, or it is killed and never hears of it. One that
   * ends or fails by itself has crashed, and is started again.
   */
  readonly run: (process: Process) => Effect.Effect<void, unknown, Kubernetes | Ec2 | Scope.Scope>
}
