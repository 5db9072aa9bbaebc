/** Where something is served. */
export interface Place {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** Upstream's ports (contract §2). Introspection is for whoever is on the machine. */
export const defaultPlaces = {
  metrics: { host: "0.0.0.0", port: 8080 },
  health: { host: "0.0.0.0", port: 61779 },
  introspection: { host: "127.0.0.1", port: 22775 }
} as const satisfies Readonly<Record<string, Place>>
