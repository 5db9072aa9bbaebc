/**
 * Whether EC2 answers an action at all. While it does not, one call at a time finds out, so that whoever waits goes on within seconds of its end however
 * long it has lasted, and nobody storms an EC2 that comes back. Times are milliseconds.
 */
export interface Outage {
  /** So many calls in a row found nobody there. */
  readonly unanswered: number
  /** When the first of them did. */
  readonly since: number
  /** Before this nobody asks again. */
  readonly askAt: number
}

/** Fewer in a row are bad luck where calls fail now and then. */
const proof = 3
/** For less time the caller's own backoff does as well. */
const shortest = 5_000
/** A call in five seconds finds out whether EC2 answers again. */
const between = 5_000

export const none: Outage = { unanswered: 0, since: 0, askAt: 0 }

export const isOutage = ({ askAt }: Outage): boolean => askAt > 0

/** A call found nobody there. */
export const unanswered = (before: Outage, now: number): Outage => {
  const since = before.unanswered === 0 ? now : before.since
  const count = before.unanswered + 1
  return { unanswered: count, since, askAt: count >= proof && now - since >= shortest ? now + between : before.askAt }
}

/** A call goes out to find out; the next waits its time although this one has no answer yet. */
export const asking = (outage: Outage, now: number): Outage => isOutage(outage) ? { ...outage, askAt: now + between } : outage

/** How long to wait before it is worth asking again; 0: not at all. */
export const wait = (outage: Outage, now: number): number => Math.max(0, outage.askAt - now)
