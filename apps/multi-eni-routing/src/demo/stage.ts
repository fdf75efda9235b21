import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { observe, type Plan, planChanges } from '@net/iproute';

import { desiredState } from '../desired.js';
import { kernelFacts } from '../host-facts.js';
import type { Host } from '../host.js';
import { surveyInterfaces } from '../interfaces.js';
import { flush, reconcile } from '../reconcile.js';
import { defaultSettings, ownershipOf, type Settings } from '../settings.js';
import { probe, startEchoServer } from './connections.js';
import { recordedHost } from './recorded-host.js';
import { createWorld, worldAddresses, worldEnis } from './world.js';

/** One step of the demonstration, as it happens. */
export type DemoEvent =
  | { readonly kind: 'built'; readonly interfaces: number; readonly tookMs: number }
  | {
      readonly kind: 'probed';
      readonly when: 'before' | 'after' | 'after flush';
      readonly answered: readonly string[];
      readonly silent: readonly string[];
    }
  | { readonly kind: 'applied'; readonly lines: readonly string[]; readonly tookMs: number }
  | { readonly kind: 'second run'; readonly changes: number; readonly tookMs: number }
  | { readonly kind: 'flushed'; readonly removed: number; readonly isAsBefore: boolean };

/**
 * Builds an instance with four interfaces, its VPC and the internet in network namespaces; connects to every
 * address before and after; flushes; compares the dumps; removes the namespaces. Needs root.
 */
export async function runDemo(report: (event: DemoEvent) => void, signal?: AbortSignal): Promise<void> {
  const began = performance.now();
  const world = createWorld(`tour-${process.pid}-${randomBytes(2).toString('hex')}`);
  const stateDirectory = mkdtempSync(join(tmpdir(), 'multi-eni-routing-'));
  const addresses = worldEnis.flatMap((eni) => eni.addresses);
  const targets = addresses.flatMap((address) => [`tcp/${address}`, `udp/${address}`]);
  const servers = [];
  try {
    report({ kind: 'built', interfaces: worldEnis.length, tookMs: performance.now() - began });
    servers.push(await startEchoServer(world.host, addresses));
    const dump = (): string =>
      ['-4', '-6']
        .flatMap((family) => [
          world.exec(world.host, 'ip', family, 'rule'),
          world.exec(world.host, 'ip', family, 'route', 'show', 'table', 'all'),
        ])
        .join('');
    const ask = async (when: 'before' | 'after' | 'after flush', timeoutMs: number): Promise<void> => {
      signal?.throwIfAborted();
      const answers = await probe(world.client, targets, timeoutMs);
      const answered = targets.filter((target) => answers[target] === true);
      report({
        kind: 'probed',
        when,
        answered,
        silent: targets.filter((target) => answers[target] !== true),
      });
    };
    const first = dump();
    await ask('before', 800);
    const host: Host = {
      settings: demoSettings,
      readFacts: () => Promise.resolve(kernelFacts),
      run: { namespace: world.host },
      stateDirectory,
    };
    const policy = { needed: 1, history: new Map(), signal };
    const from = performance.now();
    const result = await reconcile(host, policy);
    const lines = result.reading.plan.actions.map((action) => action.line);
    report({ kind: 'applied', lines, tookMs: performance.now() - from });
    await ask('after', 3000);
    const again = performance.now();
    const second = await reconcile(host, policy);
    report({
      kind: 'second run',
      changes: second.reading.plan.actions.length,
      tookMs: performance.now() - again,
    });
    const removed = await flush(host);
    report({ kind: 'flushed', removed: removed.actions.length, isAsBefore: dump() === first });
    await ask('after flush', 800);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    world.remove();
    rmSync(stateDirectory, { recursive: true, force: true });
  }
}

/** The plan for a recorded host, for machines without root; with `live`, for the machine itself. */
export async function planDemo(options: { readonly live?: boolean } = {}): Promise<Plan> {
  const snapshot = options.live === true ? await observe() : recordedHost;
  const settings = options.live === true ? defaultSettings : demoSettings;
  const { interfaces } = surveyInterfaces(snapshot, kernelFacts, settings);
  return planChanges(snapshot, desiredState(interfaces, snapshot, settings), ownershipOf(settings));
}

const demoSettings: Settings = {
  ...defaultSettings,
  interfaces: ['en*', 'odd*'],
  prefixes: [{ interface: 'enX2', block: worldAddresses.pod.replace(/\.\d+$/, '.16/28') }],
};
