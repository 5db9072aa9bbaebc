import { getSourceMapsSupport, setSourceMapsSupport } from "node:module"

// The libraries' source maps are 25 MB, kept for stack traces; the places in our own files are told all the same. Said before anything is loaded.
if (getSourceMapsSupport().enabled) setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })

await import("./Program.js")
