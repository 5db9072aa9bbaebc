import { Effect, Stream } from "effect"
import { Xml } from "effect/encoding"

/** What an element holds: text, elements by name, or a list, whose elements are each called `item`. What is undefined is left out. */
export type Content = string | number | boolean | ReadonlyArray<Content> | Fields
export interface Fields {
  readonly [name: string]: Content | undefined
}

const eventsOf = (name: string, content: Content, attributes: Readonly<Record<string, string>> = {}): ReadonlyArray<Xml.Event> => {
  const events: Array<Xml.Event> = []
  const element = (tag: string, held: Content, its: Readonly<Record<string, string>> = {}): void => {
    events.push({ _tag: "StartElement", name: tag, attributes: its })
    if (typeof held !== "object") events.push({ _tag: "Text", text: String(held) })
    else if (Array.isArray(held)) for (const item of held) element("item", item)
    else for (const [key, value] of Object.entries(held)) if (value !== undefined) element(key, value)
    events.push({ _tag: "EndElement", name: tag })
  }
  element(name, content, attributes)
  return events
}

/** The document of one root element. */
export const encode = (name: string, content: Content, attributes?: Readonly<Record<string, string>>): Effect.Effect<string> =>
  Stream.fromIterable(eventsOf(name, content, attributes)).pipe(
    Stream.pipeThroughChannel(Xml.encodeString()),
    Stream.mkString,
    Effect.map((text) => `<?xml version="1.0" encoding="UTF-8"?>\n${text}`),
    // The events are made in pairs above.
    Effect.orDie
  )
