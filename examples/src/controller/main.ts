import "./Footprint.js"

// Not before: what is loaded with this module would have made the heap grow already.
await import("./Program.js")
