/** Ends a wait early. */
export class Alarm {
  #rung = new AbortController();

  /** Ends the wait in progress, or the next one. */
  ring(): void {
    this.#rung.abort();
  }

  /** Waits for so long, or until it rings; rejects with the signal's reason when that is aborted. */
  async wait(
    clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> },
    ms: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { signal: rung } = this.#rung;
    try {
      await clock.sleep(ms, AbortSignal.any([signal, rung]));
    } catch (error) {
      signal.throwIfAborted();
      if (!rung.aborted) throw error;
    }
    if (rung.aborted) this.#rung = new AbortController();
  }
}
