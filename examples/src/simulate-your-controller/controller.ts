import { correct } from "./Versions.js"

/** What `branchline-simulate --controller` loads. */
export default correct
