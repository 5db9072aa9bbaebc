import { readFileSync } from "node:fs"
import { Effect, Result } from "effect"
import { expect } from "vitest"
import { textAt } from "@branchline/adapter-memory/kubernetes/Document"
import { fromFiles } from "../../src/story/manifests/Manifests.js"
import { play } from "../../src/story/Play.js"
import type { Recording } from "../../src/story/Recording.js"
import type { Story } from "../../src/story/Story.js"

export const seedText = (name: string): string => readFileSync(new URL(`../../fixtures/seed/${name}`, import.meta.url), "utf8")

export const seedJson = (name: string): unknown => JSON.parse(seedText(name))

/** A story of these texts, on one m5.large unless said otherwise. */
export const storyOf = (texts: ReadonlyArray<string>, changes: Partial<Story> = {}): Story => {
  const loaded = fromFiles(texts.map((text, index) => ({ name: `${index}.yaml`, text })))
  const { manifests } = Result.isSuccess(loaded) ? loaded.success : expect.fail(loaded.failure.message)
  return {
    title: "a test",
    manifests,
    seed: "1",
    nodes: 1,
    instanceType: "m5.large",
    cooldown: 60_000,
    watch: undefined,
    missingGroups: new Set(),
    annotationForm: "eight",
    deletions: [],
    ...changes
  }
}

export const playNow = (story: Story): Recording => Effect.runSync(play(story))

/** The seed's record, played as `npm start` plays it. */
export const playSeed = (): Recording =>
  playNow(storyOf([seedText("sg-policy.yaml"), seedText("aws-cli.yaml")], { annotationForm: "five", watch: 74_000 }))

export const group = "sg-0aaaaaaaaaaaaaaaa"

export const policy = `
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: web }
spec: { podSelector: { matchLabels: { app: web } }, securityGroups: { groupIds: [${group}] } }
`

export const pod = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
spec: { containers: [{ name: app, image: "nginx:1.23" }] }
`

export const phaseOf = ({ pods }: Recording, name: string): string | undefined => {
  const found = pods.find((one) => textAt(one, "metadata", "name") === name)
  return found === undefined ? undefined : textAt(found, "status", "phase")
}
