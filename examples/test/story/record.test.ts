import { theRecord } from "./record.js"
import { playSeed } from "./support.js"

const recording = playSeed()

theRecord("the seed's record, played by npm start", () => recording)
