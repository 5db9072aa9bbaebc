import { afterAll, beforeAll, vi } from "vitest"

/** Gives the SDK credentials by its environment, and nothing else that it could find on the machine. */
export const withCredentials = (more: Readonly<Record<string, string>> = {}): void => {
  beforeAll(() => {
    const nothing: Readonly<Record<string, string>> = {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null"
    }
    const environment = { ...nothing, AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret", ...more }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  })
  afterAll(() => {
    vi.unstubAllEnvs()
  })
}
