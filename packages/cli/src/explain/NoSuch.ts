import { CouldNotLook } from "../output/CouldNotLook.js"
import { nearestName } from "../output/Nearest.js"
import { itemsOf, type Kind } from "../cluster/Found.js"

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** Whom somebody asked about. */
export interface Wanted {
  /** `pod`, `policy`, `node`: for people. */
  readonly what: string
  readonly name: string
  readonly namespace?: string | undefined
}

/** Why there is nothing to tell about: it is not there, with the name that was probably meant, or it may not be seen. */
export const noSuch = <A extends Named>(found: Kind<A>, { name, namespace, what }: Wanted): CouldNotLook => {
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`
  if ("unknown" in found) {
    return new CouldNotLook({
      message: `${what} ${name}${where} cannot be seen: ${found.unknown}`,
      mend: found.why === "not served" ? "see whether its CustomResourceDefinition is installed" : "give the user the ClusterRole of deploy/cli"
    })
  }
  if (found.namespaces !== undefined && namespace !== undefined && !found.namespaces.includes(namespace)) {
    return new CouldNotLook({ message: `${what} ${name}${where} cannot be seen: only ${found.namespaces.join(", ")} was looked at`, mend: `say --namespace ${namespace} when looking` })
  }
  const items = itemsOf(found)
  const near = nearestName(name, items.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name))
  const elsewhere = items.filter(({ metadata }) => metadata.name === name).map(({ metadata }) => metadata.namespace)
  return new CouldNotLook({
    message: `there is no ${what} ${name}${where}`,
    mend: elsewhere.length > 0
      ? `there is one in ${elsewhere.join(", ")}: say --namespace ${elsewhere[0] ?? ""}`
      : near === undefined
      ? "check name and namespace"
      : `did you mean "${near}"?`
  })
}
