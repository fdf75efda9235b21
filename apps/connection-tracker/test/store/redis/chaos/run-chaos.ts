import { expect } from '@jest/globals';
import { openRedisStore } from '../../../../src/store/redis/index.js';
import type { Shard } from '../../../../src/model/index.js';
import { startDisturbedServer } from './disturbances.js';
import { createRandom } from './random.js';
import { expectTruth } from './truth.js';
import { writeAll, type WriterCounts } from './writer.js';

const SHARDS: readonly Shard[] = [
  { accountId: '100000000001', region: 'eu-west-1' },
  { accountId: '100000000002', region: 'eu-central-1' },
];

export interface ChaosReport {
  /** How often each thing happened. */
  readonly things: Readonly<Record<string, number>>;
  readonly writers: readonly WriterCounts[];
}

/**
 * Two writers, each with its own connection, commit a known truth while one thing after the other happens to the server;
 * then the store must have exactly that truth. The writers finish only when all has happened.
 */
export async function runChaos(options: {
  readonly seed: number;
  readonly disturbances: number;
  readonly batchesBetween: number;
}): Promise<ChaosReport> {
  const { seed, disturbances, batchesBetween } = options;
  const random = createRandom(seed);
  const server = await startDisturbedServer();
  const things: Record<string, number> = {};
  try {
    const stores = await Promise.all(
      SHARDS.map(() => openRedisStore({ kind: 'redis', url: server.url, timeoutMs: 400 })),
    );
    let progress = 0;
    let isOver = false;
    const writing = Promise.all(
      SHARDS.map(async (shard, index) => {
        let all: WriterCounts | undefined;
        // The truth grows as long as things happen.
        for (let batches = batchesBetween; ; batches += batchesBetween) {
          const counts = await writeAll(stores[index]!, shard, {
            seed,
            batches,
            onProgress: () => {
              progress += 1;
            },
          });
          all = all === undefined ? counts : add(all, counts);
          if (isOver) return { counts: all, batches };
        }
      }),
    );
    const disturbing = (async () => {
      for (let count = 0; count < disturbances; count++) {
        const from = progress;
        const name = await server.disturb(random);
        things[name] = (things[name] ?? 0) + 1;
        const wanted = random.below(batchesBetween);
        while (progress < from + wanted) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      isOver = true;
    })();
    const [written] = await Promise.all([writing, disturbing]);
    for (const [index, shard] of SHARDS.entries())
      await expectTruth(stores[index]!, shard, seed, written[index]!.batches);
    expect((await stores[0]!.shards()).map(({ shard }) => shard)).toEqual(SHARDS);
    for (const store of stores) await store.close();
    return { things, writers: written.map(({ counts }) => counts) };
  } finally {
    await server.stop();
  }
}

function add(a: WriterCounts, b: WriterCounts): WriterCounts {
  return {
    committed: a.committed + b.committed,
    repeated: a.repeated + b.repeated,
    conflicts: a.conflicts + b.conflicts,
    fenced: a.fenced + b.fenced,
    refused: a.refused + b.refused,
  };
}
