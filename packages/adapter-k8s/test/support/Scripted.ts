import { Agent, type Dispatcher } from "undici"

/** A connection whose other end is the test's. */
export class Scripted extends Agent {
  handler: Dispatcher.DispatchHandler | undefined
  readonly said: Array<string> = []
  isPaused = false
  readonly controller: Dispatcher.DispatchController

  constructor() {
    super()
    const isPaused = () => this.isPaused
    this.controller = {
      aborted: false,
      reason: null,
      get paused() {
        return isPaused()
      },
      abort: () => this.said.push("abort"),
      pause: () => {
        this.isPaused = true
        this.said.push("pause")
      },
      resume: () => {
        this.isPaused = false
        this.said.push("resume")
      }
    }
  }

  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.handler = handler
    return true
  }
  start() {
    this.handler?.onRequestStart?.(this.controller, {})
  }
  head(status: number) {
    this.handler?.onResponseStart?.(this.controller, status, {})
  }
  data(size: number) {
    this.handler?.onResponseData?.(this.controller, Buffer.alloc(size))
  }
  fail(error: Error) {
    this.handler?.onResponseError?.(this.controller, error)
  }
  end() {
    this.handler?.onResponseEnd?.(this.controller, {})
  }
}
