import { join } from "node:path"
import { root } from "./ControlPlane.js"
import { madeOnce, step } from "./Tools.js"

const requirements = join(root, "test", "integration", "support", "python", "requirements.txt")

/** A virtual environment with the pinned requirements (boto3, moto's server), made once for each user: its folder of programs. */
export const pythonPrograms = async (): Promise<string> => {
  const folder = await madeOnce("python", [requirements], async (made) => {
    await step("python3", ["-m", "venv", made])
    await step(join(made, "bin", "python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements])
  })
  return join(folder, "bin")
}

/** The Python of that environment. */
export const python = async (): Promise<string> => join(await pythonPrograms(), "python")
