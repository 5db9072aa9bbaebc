import { Console, Effect, Option, type Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CouldNotLook } from "../output/CouldNotLook.js"
import { jsonSchemaOf, written } from "../output/Document.js"
import { nearestName } from "../output/Nearest.js"
import type { Listed } from "./Answering.js"

/** Prints the JSON Schema of what the others print. */
export const schemaOf = (answers: Readonly<Record<string, Schema.Top>>): Listed => {
  const names = Object.keys(answers).sort()
  const command = Command.make(
    "schema",
    {
      name: Argument.String("name").pipe(Argument.withDescription(`One of ${names.join(", ")}; without it their names are printed`), Argument.optional),
      output: Flag.Literals("output", ["json", "yaml"]).pipe(Flag.withAlias("o"), Flag.withDescription("Default: json"), Flag.withDefault("json" as const))
    },
    Effect.fnUntraced(function*({ name, output }) {
      if (Option.isNone(name)) return yield* Console.log(names.join("\n"))
      const schema = answers[name.value]
      if (schema === undefined) {
        const near = nearestName(name.value, names)
        return yield* new CouldNotLook({
          message: `there is no schema "${name.value}"${near === undefined ? "" : `, did you mean "${near}"?`}`,
          mend: `choose one of ${names.join(", ")}`
        })
      }
      return yield* Console.log(written(output, jsonSchemaOf(schema)).trimEnd())
    })
  ).pipe(
    Command.withDescription("Prints the JSON Schema of what a command prints with --output json or yaml."),
    Command.withExamples([
      { command: "branchline schema", description: "The names of all schemas" },
      { command: "branchline schema explain-pod > explain-pod.schema.json", description: "What `branchline explain pod NAME -o json` prints" }
    ])
  )
  return { command, answers: {} }
}
