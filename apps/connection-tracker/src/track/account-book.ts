import type { Log } from '@net/cli';
import type { Account, AccountList, DomainTemplate } from '../accounts/index.js';
import type { Shard } from '../model/index.js';
import type { Store } from '../store/index.js';

/** An account with the names that the settings give it. */
export interface TrackedAccount extends Account {
  readonly domain: string | undefined;
  readonly regions: readonly string[];
}

export interface AccountBookOptions {
  readonly read: (signal: AbortSignal) => Promise<AccountList>;
  readonly regions: readonly string[];
  readonly domain: DomainTemplate | undefined;
  readonly store: Store;
  readonly log: Log;
  readonly clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> };
  /** Time between readings. */
  readonly intervalMs: number;
  /** Time to the next attempt after a failure. Default 30,000, as the original. */
  readonly retryMs?: number;
  /** Other accounts than before. */
  readonly onChange?: () => void;
  readonly onRead?: (outcome: 'read' | 'failed') => void;
}

/** The accounts, as they were last read. */
export interface AccountBook {
  /** False until they were read once. */
  readonly isKnown: boolean;
  account(id: string): TrackedAccount | undefined;
  shards(): readonly Shard[];
  readonly size: number;
  /** Reads them again and again until aborted. A list that cannot be read leaves the last one in force. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes an empty book. */
export function createAccountBook(options: AccountBookOptions): AccountBook {
  const { regions, domain, store, log, clock, intervalMs, retryMs = 30_000 } = options;
  let accounts: ReadonlyMap<string, TrackedAccount> | undefined;
  let told = '';

  const refresh = async (signal: AbortSignal): Promise<void> => {
    const list = await options.read(signal);
    const rejected = wordsOf(list);
    if (rejected !== told && rejected !== '') log.warn('accounts.rejected', `account list: ${rejected}`);
    told = rejected;
    const tracked = list.accounts.map((one) => ({ ...one, domain: domain?.(one), regions }));
    const before = [...(accounts?.keys() ?? [])].join();
    accounts = new Map(tracked.map((one) => [one.id, one]));
    if (before !== [...accounts.keys()].join()) {
      log.info('accounts.read', `${accounts.size} accounts in ${regions.length} regions`);
      options.onChange?.();
    }
    try {
      await store.putAccounts(tracked);
    } catch (error) {
      log.warn(
        'accounts.not-kept',
        `the accounts could not be put into the store: ${(error as Error).message}`,
      );
    }
  };

  return {
    get isKnown() {
      return accounts !== undefined;
    },
    get size() {
      return accounts?.size ?? 0;
    },
    account: (id) => accounts?.get(id),
    shards: () =>
      [...(accounts?.values() ?? [])].flatMap(({ id }) =>
        regions.map((region) => ({ accountId: id, region })),
      ),
    run: async (signal) => {
      const isOver = (): boolean => signal.aborted;
      while (!isOver()) {
        let waitMs = intervalMs;
        try {
          await refresh(signal);
          options.onRead?.('read');
        } catch (error) {
          if (isOver()) return;
          options.onRead?.('failed');
          waitMs = Math.min(retryMs, intervalMs);
          const { message, hint } = error as Error & { readonly hint?: string };
          log.error('accounts.unreadable', hint === undefined ? message : `${message}. ${hint}`);
        }
        await clock.sleep(waitMs, signal).catch(() => undefined);
      }
    },
  };
}

const TOLD_ITEMS = 10;

function wordsOf({ rejected }: AccountList): string {
  const items = rejected.slice(0, TOLD_ITEMS).map(({ index, reason }) => `item ${index + 1}: ${reason}`);
  const more = rejected.length - items.length;
  return [...items, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
