import { Effect, Schema } from "effect"
import { type Settings, settingsOf } from "../../ec2/Settings.js"
import { read, type Route } from "./Route.js"

const least = (minimum: number, expected: string) => Schema.isGreaterThanOrEqualTo(minimum, { expected })
const Millis = Schema.Finite.check(least(0, "milliseconds, 0 or more"))
const Span = Schema.Union([Millis, Schema.Struct({ min: Millis, max: Millis })])
const Bucket = Schema.Struct({
  capacity: Schema.Finite.check(least(1, "1 or more")),
  refill: Schema.Finite.check(least(0, "tokens a second, 0 or more"))
})

/** What can be changed while it runs; times are milliseconds. */
export const Changeable = Schema.Struct({
  latency: Schema.optionalKey(Span),
  latencies: Schema.optionalKey(Schema.Record(Schema.String, Span)),
  throttle: Schema.optionalKey(Schema.Union([
    Schema.Literals(["off", "documented"]),
    Schema.Struct({ mutating: Schema.optionalKey(Bucket), describing: Schema.optionalKey(Bucket), actions: Schema.optionalKey(Schema.Record(Schema.String, Bucket)) })
  ])),
  describeLag: Schema.optionalKey(Span),
  vlanCooldown: Schema.optionalKey(Millis),
  releaseDelay: Schema.optionalKey(Millis),
  attachDelay: Schema.optionalKey(Millis),
  anyGroup: Schema.optionalKey(Schema.Boolean),
  interfacesPerRegion: Schema.optionalKey(Schema.Int.check(least(0, "0 or more"))),
  groupsPerInterface: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16 }, { expected: "1 to 16" })))
})
export type Changeable = typeof Changeable.Type

const changes = read(Changeable, "settings")

/** `GET settings`, and `POST settings` with those that are to be others. */
export const settingsRoutes = (settings: Settings): ReadonlyArray<Route> => {
  const told = Effect.sync(() => {
    const { limits: _table, ...rest } = settings
    return { ...rest, throttle: rest.throttle ?? "off" }
  })
  return [
    { method: "GET", path: "settings", run: () => told },
    {
      method: "POST",
      path: "settings",
      run: ({ body }) =>
        Effect.flatMap(changes(body), (changed) => {
          const { throttle, ...rest } = changed
          const filled = settingsOf({ ...rest, ...(throttle === undefined ? {} : { throttle: throttle === "documented" ? {} : throttle }) }, "")
          Object.assign(settings, Object.fromEntries(Object.keys(changed).map((name) => [name, filled[name as keyof Changeable]])))
          return told
        })
    }
  ]
}
