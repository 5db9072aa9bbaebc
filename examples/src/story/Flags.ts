import { Option } from "effect"
import { Flag } from "effect/cli"
import { parseDuration } from "./Durations.js"

const duration = (name: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(parseDuration, () => "a length of time such as 90s, 5m or 1m30s"),
    Flag.withMetavar("duration")
  )

const most = { nodes: 200, port: 65_535 } as const

/** The flags of `npm start --`. */
export const flags = {
  manifests: Flag.String("manifests").pipe(
    Flag.withAlias("f"),
    Flag.withMetavar("path"),
    Flag.withDescription("A YAML file, or a directory of them; may be given again. Default: the seed's record"),
    Flag.atLeast(0)
  ),
  nodes: Flag.Int("nodes").pipe(
    Flag.filter((nodes) => nodes >= 0 && nodes <= most.nodes, () => `a number from 0 to ${most.nodes}`),
    Flag.withMetavar("n"),
    Flag.withDescription("How many nodes there are. Default: 1"),
    Flag.withDefault(1)
  ),
  instanceType: Flag.String("instance-type").pipe(
    Flag.withMetavar("type"),
    Flag.withDescription("Their EC2 instance type. Default: m5.large"),
    Flag.withDefault("m5.large")
  ),
  for: duration("for").pipe(
    Flag.withDescription("How long to watch after the last manifest. Default: until every pod runs or is over, 3m at most"),
    Flag.optional
  ),
  cooldown: duration("cooldown").pipe(
    Flag.withDescription("How long a branch cools down, 30s or more. Default: 60s"),
    Flag.optional
  ),
  delete: Flag.String("delete").pipe(
    Flag.withMetavar("pod"),
    Flag.withDescription("Delete this pod ([namespace/]name) once all is quiet; may be given again"),
    Flag.atLeast(0)
  ),
  missingGroup: Flag.String("missing-group").pipe(
    Flag.withMetavar("sg-id"),
    Flag.withDescription("A security group that EC2 does not know though a policy names it; may be given again"),
    Flag.atLeast(0)
  ),
  annotation: Flag.Literals("annotation", ["eight", "five"]).pipe(
    Flag.withDescription("How many keys the annotation has. Default: five for the seed's record, else eight"),
    Flag.optional
  ),
  seed: Flag.String("seed").pipe(
    Flag.withMetavar("text"),
    Flag.withDescription("Everything left to chance follows from it. Default: 1"),
    Flag.withDefault("1")
  ),
  speed: Flag.Finite("speed").pipe(
    Flag.filter((speed) => speed > 0, () => "a number above 0"),
    Flag.withMetavar("factor"),
    Flag.withDescription("Play the timeline at so many times real speed. Default: all at once"),
    Flag.map(Option.some),
    Flag.withDefault(Option.none<number>())
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Write everything as one JSON document"),
    Flag.withDefault(false)
  ),
  serve: Flag.Int("serve").pipe(
    Flag.filter((port) => port >= 0 && port <= most.port, () => `a port from 0 to ${most.port}`),
    Flag.withMetavar("port"),
    Flag.withDescription("Serve the story on http://127.0.0.1:port/ until Ctrl-C"),
    Flag.optional
  )
}
