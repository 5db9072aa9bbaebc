import { Effect, type Scope } from "effect"
import { afterAll, beforeAll, vi } from "vitest"

type Environment = Readonly<Record<string, string | undefined>>

const set = (environment: Environment): void => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

/** Nothing that the SDK could find on the machine. */
const nothing: Environment = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  ...Object.fromEntries(
    [
      "AWS_REGION",
      "AWS_PROFILE",
      "AWS_SESSION_TOKEN",
      "AWS_ENDPOINT_URL",
      "AWS_ENDPOINT_URL_EC2",
      "AWS_ENDPOINT_URL_STS",
      "AWS_ROLE_ARN",
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    ].map((name) => [name, undefined])
  )
}

const somebody: Environment = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret" }
export const nobody: Environment = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }

/** Gives the SDK credentials by its environment. */
export const withCredentials = (more: Environment = {}): void => {
  beforeAll(() => set({ ...nothing, ...somebody, ...more }))
  afterAll(() => {
    vi.unstubAllEnvs()
  })
}

/** Another environment, until the scope ends. */
export const within = (environment: Environment): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => set({ ...nothing, ...somebody, ...environment })),
    () => Effect.sync(() => set({ ...nothing, ...somebody }))
  )
