import { Console, Effect, Stdio, Stream } from "effect"
import type { CouldNotLook } from "../output/CouldNotLook.js"

/** `ESC [ ? 25 l` and `h` hide and show the cursor (xterm, "Control Sequences"); `ESC [ H` goes home, `ESC [ J` clears to the end (ECMA-48). */
const hide = "\u001b[?25l"
const show = "\u001b[?25h"
const home = "\u001b[H\u001b[J"

const raw = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) => Effect.ignore(Stream.run(Stream.make(text), stdio.stdout({ endOnDone: false }))))

/**
 * Draws again and again until it is interrupted: on a terminal in the same place, else one block after the other, with an empty line between. A look that fails is
 * told in its place, and the next one is tried.
 *
 * @param every milliseconds between two looks
 */
export const watch = <R>(draw: Effect.Effect<string, CouldNotLook, R>, every: number, onTerminal: boolean): Effect.Effect<never, never, R | Stdio.Stdio> => {
  const block = Effect.catch(draw, ({ message }) => Effect.succeed(`could not look: ${message}`))
  const each = Effect.flatMap(block, (text) => onTerminal ? raw(`${home}${text}\n`) : Console.log(`${text}\n`))
  const all = Effect.forever(Effect.andThen(each, Effect.sleep(every)))
  return onTerminal ? Effect.ensuring(Effect.andThen(raw(hide), all), raw(show)) : all
}
