import { Effect, Option, Terminal } from "effect"
import { TerminalCapabilities } from "effect/cli"
import type { OutputAsked } from "./Flags.js"
import type { Page } from "./Page.js"
import { coloured, colourless } from "./Style.js"

/** Where the output is no terminal. */
const defaultWidth = 100

/** The page that this run writes on. Colours: only on a terminal, and not where `NO_COLOR` is set (no-color.org) or the flag says so. */
export const pageOf = Effect.fnUntraced(function*({ noColor, width }: Omit<OutputAsked, "output">): Effect.fn.Return<Page, never, Terminal.Terminal> {
  const { canAnimate, canColor } = yield* TerminalCapabilities.TerminalCapabilities
  const columns = canAnimate ? yield* (yield* Terminal.Terminal).columns : 0
  return {
    width: Math.max(20, Option.getOrElse(width, () => columns > 0 ? columns : defaultWidth)),
    style: canColor && !noColor ? coloured : colourless
  }
})
