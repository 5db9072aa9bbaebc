/** A piece of a source file of the core, and what stands there once a guard is out. */
export interface Edit {
  /** Under `packages/core/src`. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/** A guard of the core, and the scenario that goes red without it. */
export interface Guard {
  readonly id: string
  /** Which of the known failures of this kind of controller it is against: a key of `failures`. */
  readonly failure: number
  /** `packages/adapter-memory/test/scenarios/<scenario>.test.ts` */
  readonly scenario: string
  /** The whole name of one test in it; after that of its describe and ` > ` where it alone does not say which. */
  readonly test: string
  /** More than one where each is enough without the others. */
  readonly edits: readonly [Edit, ...ReadonlyArray<Edit>]
  readonly why: string
  /** What the guard prevents is a defect: then a defect is what the scenario has to find, and otherwise a mistake in `edits`. */
  readonly prevents?: "defect"
}
