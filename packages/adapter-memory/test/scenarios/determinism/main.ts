import { journalOf } from "./story.js"

process.stdout.write(journalOf(process.argv[2] ?? "0"))
