/**
 * Whether what is told at one version is older than what is known at another. Versions are compared where both are numbers, as every API
 * server's are; within one kind the larger is the later (Kubernetes, "API Concepts", resource versions).
 */
export const isOlder = (told: string, known: string): boolean =>
  /^\d+$/.test(known) && /^\d+$/.test(told) &&
  (told.length < known.length || (told.length === known.length && told < known))
