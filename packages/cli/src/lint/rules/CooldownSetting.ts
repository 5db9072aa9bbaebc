import { configMap } from "@branchline/core/model/Names"
import { quote } from "../Asking.js"
import { pages, type Rule } from "../Rule.js"

const key = "branch-eni-cooldown"
/** Seconds. Source: contract §6. */
const least = 30

export const cooldownSetting: Rule = {
  id: "cooldown-setting",
  severity: "warning",
  finds: "a cooldown of branch interfaces that is no number of seconds, or below 30",
  why: "What is no number changes nothing, and less than 30 seconds becomes 30: the setting does not do what it says.",
  source: pages.controller,
  judge: ({ configMaps }) =>
    configMaps.filter(({ name, namespace }) => name === configMap.name && namespace === configMap.namespace).flatMap(({ data, placeOf }) => {
      const value = data[key]
      if (value === undefined || (/^\+?\d+$/.test(value) && Number(value) >= least)) return []
      return [{
        place: placeOf(["data", key]),
        message: /^[+-]?\d+$/.test(value) ? `a cooldown of ${value} seconds becomes ${least}` : `${quote(value)} is no number of seconds, so the cooldown stays as it was`,
        mend: `write whole seconds, ${least} or more, without a unit`
      }]
    })
}
