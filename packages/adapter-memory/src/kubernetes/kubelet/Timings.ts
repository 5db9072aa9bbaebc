import { Duration } from "effect"
import type { Stream } from "../../simulation/Streams.js"

/** A range from which a time is drawn evenly. */
export interface Range {
  readonly min: Duration.Input
  readonly max: Duration.Input
}

/** How long a node takes for what it does; everything has a default. */
export interface Timings {
  /** From the change of a pod to kubelet's acting on it. Default 10 to 100 ms. */
  readonly sync?: Range
  /** The pause after the first refused sandbox; it grows by half each time, up to `retryCap`. Default 1 s, and 10 s. */
  readonly retry?: Duration.Input
  readonly retryCap?: Duration.Input
  /** Fetching an image that the node has not got. Default 1 to 10 s. */
  readonly imagePull?: Range
  /** Default 50 to 500 ms. */
  readonly containerStart?: Range
  /** From the signal to the end of the last container, never longer than the pod's grace. Default 100 ms to 2 s. */
  readonly containerStop?: Range
  /** From the end of the containers to the CNI DEL. Default 50 to 500 ms. */
  readonly teardown?: Range
  /** From a change of `status.capacity` to its copy in `status.allocatable`: kubelet reports every 10 s. Default 0 to 10 s. */
  readonly statusReport?: Range
}

const range = (min: Duration.Input, max: Duration.Input): Range => ({ min, max })

export const defaultTimings: Required<Timings> = {
  sync: range("10 millis", "100 millis"),
  retry: "1 second",
  retryCap: "10 seconds",
  imagePull: range("1 second", "10 seconds"),
  containerStart: range("50 millis", "500 millis"),
  containerStop: range("100 millis", "2 seconds"),
  teardown: range("50 millis", "500 millis"),
  statusReport: range(0, "10 seconds")
}

/** A time from the range, in milliseconds. */
export const draw = (random: Stream, { min, max }: Range): number => {
  const low = Duration.toMillis(min)
  return low + random.nextDoubleUnsafe() * (Duration.toMillis(max) - low)
}
