import type { Pacer } from './pacer.js';

/** How one item of a bulk ended. */
export type PacedOutcome<Item, Result> =
  | { readonly item: Item; readonly status: 'done'; readonly result: Result }
  | { readonly item: Item; readonly status: 'failed'; readonly error: unknown }
  | { readonly item: Item; readonly status: 'not-started' };

/** How a bulk is run. */
export interface RunPacedOptions<Item, Result> {
  /** After it no item is begun; what is in flight ends. */
  readonly signal?: AbortSignal | undefined;
  /** Items worked on at a time. Default 16; more than the pacer's concurrency is of no use. */
  readonly concurrency?: number | undefined;
  /** Told of each end, in the order of ends. */
  readonly onOutcome?: ((outcome: PacedOutcome<Item, Result>) => void) | undefined;
  /** Whether no other item is begun after this failure. Default: never. */
  readonly isFatal?: ((error: unknown) => boolean) | undefined;
}

/** Works through items with a pacer, one call each. Never rejects: outcomes are in the order of the items. */
export async function runPaced<Item, Result>(
  items: readonly Item[],
  pacer: Pacer,
  call: (item: Item) => Promise<Result>,
  options: RunPacedOptions<Item, Result> = {},
): Promise<readonly PacedOutcome<Item, Result>[]> {
  const { signal, onOutcome, isFatal } = options;
  const outcomes = items.map((item): PacedOutcome<Item, Result> => ({ item, status: 'not-started' }));
  let next = 0;
  let isStopped = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !isStopped && signal?.aborted !== true) {
      const index = next++;
      const item = items[index]!;
      const outcome = await one(item);
      outcomes[index] = outcome;
      if (outcome.status === 'failed' && isFatal?.(outcome.error) === true) isStopped = true;
      if (outcome.status !== 'not-started') onOutcome?.(outcome);
    }
  };
  const one = async (item: Item): Promise<PacedOutcome<Item, Result>> => {
    const begun = new Set<Item>();
    try {
      const result = await pacer.run(() => {
        begun.add(item);
        return call(item);
      }, signal);
      return { item, status: 'done', result };
    } catch (error) {
      // Aborted before its turn came: nothing was sent.
      return begun.size > 0 || signal?.aborted !== true
        ? { item, status: 'failed', error }
        : { item, status: 'not-started' };
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency ?? 16) }, work));
  return outcomes;
}
