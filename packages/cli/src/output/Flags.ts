import { Option } from "effect"
import { Flag } from "effect/cli"

/** How an answer is written. */
export type Format = "text" | "json" | "yaml"

/** What every command takes besides its own flags. */
export const outputFlags = {
  output: Flag.Literals("output", ["text", "json", "yaml"]).pipe(
    Flag.withAlias("o"),
    Flag.withDescription("text for people, or json or yaml for programs: `branchline schema` documents those. Default: text"),
    Flag.withDefault("text" as Format)
  ),
  noColor: Flag.Boolean("no-color").pipe(
    Flag.withDescription("No colours. There are none either where the output is no terminal, or NO_COLOR is set"),
    Flag.withDefault(false)
  ),
  width: Flag.Int("width").pipe(
    Flag.filter((width) => width >= 20, () => "20 columns or more"),
    Flag.withMetavar("columns"),
    Flag.withDescription("How wide a line may be. Default: the terminal's width, or 100 where the output is no terminal"),
    Flag.map(Option.some),
    Flag.withDefault(Option.none<number>())
  )
}

/** What was asked of the output. */
export interface OutputAsked {
  readonly output: Format
  readonly noColor: boolean
  readonly width: Option.Option<number>
}
