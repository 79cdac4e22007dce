/** A client's departure, told to whoever works for it: a fraction of an AbortSignal's cost, and without the DOM. */

const nothing = (): undefined => undefined;

/** Cancels a call: give it to the exchange, and call `cancel(reason)` when the client has gone. */
export class Cancel {
  #reason: string | undefined;
  #listeners: Set<() => void> | undefined;

  /** Why it was called off; undefined while work is still wanted. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Calls it off, once; later calls do nothing. Listeners hear it at once, in the order they came. */
  cancel(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener();
  }

  /** Hears the cancellation, even when it came before. Returns what stops the listening. */
  onCancel(listener: () => void): () => void {
    if (this.#reason !== undefined) {
      listener();
      return nothing;
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => {
      this.#listeners?.delete(listener);
    };
  }
}
