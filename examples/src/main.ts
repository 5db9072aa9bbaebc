import { backendOf, type Chosen } from "./Backend.js"

/**
 * The one program behind `npm start`: the story by default, the controller with `--backend kubernetes` or `aws`. Each loads what it needs.
 */
const start = async ({ args, backend, help }: Chosen): Promise<void> => {
  if (help) {
    const { wholeHelpText } = await import("./WholeHelp.js")
    process.stdout.write(`${await wholeHelpText()}\n`)
    return
  }
  process.argv.splice(2, process.argv.length, ...args)
  if (backend === "memory") await import("./story/main.js")
  else await import("./controller/main.js")
}

const chosen = backendOf(process.argv.slice(2), process.env)
if ("problem" in chosen) {
  process.stderr.write(`error: ${chosen.problem}\n`)
  process.exitCode = 1
} else await start(chosen)
