import { journalOf } from "./program.js"

process.stdout.write(journalOf(process.argv[2] ?? "0"))
