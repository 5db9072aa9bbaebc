import { served, short } from "../Asking.js"
import { trunkingOf, typesOf } from "../InstanceTypes.js"
import { pages, type Rule } from "../Rule.js"

export const instanceTypeWithoutTrunk: Rule = {
  id: "instance-type-without-trunk",
  severity: "error",
  finds: "a workload that a policy selects, for nodes of instance types that carry no branch interfaces",
  why: "No such node offers vpc.amazonaws.com/pod-eni, so the pods stay Pending. No type of the t family does, and only Nitro ones do.",
  source: pages.sgp,
  judge: (subject) =>
    served(subject).flatMap((workload) => {
      const asked = typesOf(workload, subject.settings)
      return asked === undefined || !asked.types.every((type) => trunkingOf(type, subject.settings) === "none") ? [] : [{
        place: asked.place,
        message: `${short(workload)} may only run on ${asked.said}, which ${asked.types.length === 1 ? "carries" : "carry"} no branch interfaces`,
        mend: "choose a type that carries them, such as m5.large or m6g.large"
      }]
    })
}
