import { join } from 'node:path';

import type { RunOptions } from '@net/iproute';

import type { HostFacts } from './host-facts.js';
import type { Settings } from './settings.js';

/** Reads the facts of the host; called once per reading. */
export type FactsReader = (signal?: AbortSignal) => Promise<HostFacts>;

/** The host that is worked on and how: what every operation takes. */
export interface Host {
  readonly settings: Settings;
  readonly readFacts: FactsReader;
  /** Network namespace and programs; see `RunOptions` of @net/iproute. */
  readonly run: RunOptions;
  /** Folder of the lock and of the change that waits for a confirmation. Default /run/multi-eni-routing. */
  readonly stateDirectory: string;
}

/** The state folder of a namespace: every namespace has its own lock. */
export function defaultStateDirectory(namespace?: string): string {
  const base = '/run/multi-eni-routing';
  return namespace === undefined ? base : join(base, `namespace-${encodeURIComponent(namespace)}`);
}
