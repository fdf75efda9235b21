import { expect } from '@jest/globals';
import type { ConnectionDelta, Evidence, Shard } from '../../../../src/model/index.js';
import { encodeEndpoint, encodeMember } from '../../../../src/model/index.js';
import type { CommitBatch, Store } from '../../../../src/store/index.js';
import { createRandom } from './random.js';

const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03'];
const START_MS = Date.UTC(2026, 0, 1);
const RULES = ['syn', 'ports', 'a;b=c'];

/** The batch with this number of a shard: always the same for a seed. */
export function batchOf(
  shard: Shard,
  seed: number,
  number: number,
): Omit<CommitBatch, 'fence' | 'batchId' | 'previous'> {
  const random = createRandom(seed * 31 + number * 7_919 + Number(shard.accountId));
  const deltas = new Map<string, ConnectionDelta>();
  for (let count = random.below(12); count > 0; count--) {
    const day = random.pick(DAYS);
    const source = `host-${random.below(40)}${random.pick(['', '->', '\n', ' ü'])}`;
    const key = { source, dest: random.pick(['web', 'db', 'x:y']), destPort: random.pick([80, 443, 5_432]) };
    const records = 1 + random.below(2_000_000_000);
    const firstMs = START_MS + random.below(3 * 86_400_000);
    deltas.set(`${day} ${encodeMember(key)}`, {
      day,
      ...key,
      count: records,
      firstMs,
      lastMs: firstMs + random.below(60_000),
      decidedBy: { [random.pick(RULES)]: records },
      example: `batch ${number}`,
    });
  }
  const fingerprints = new Uint8Array(12 * random.below(5));
  fingerprints.fill(number & 0xff);
  return {
    shard,
    deltas: [...deltas.values()],
    seen: [{ minute: 1_000 + (number >> 3), fingerprints }],
    ...(number % 16 === 15 && { forgetSeenBefore: 1_000 + (number >> 3) - 4 }),
    checkpoint: { cursor: String(number + 1), readUntilMs: START_MS + number },
  };
}

/** That a store has exactly the first `count` batches of a shard, in everything that it can be asked for. */
export async function expectTruth(store: Store, shard: Shard, seed: number, count: number): Promise<void> {
  const days = new Map<string, Map<string, { readonly delta: ConnectionDelta; score: number }>>();
  const evidence = new Map<string, { readonly delta: ConnectionDelta; known: Evidence }>();
  const seen = new Map<number, number>();
  for (let number = 0; number < count; number++) {
    const { deltas, seen: ids, forgetSeenBefore } = batchOf(shard, seed, number);
    for (const { minute, fingerprints } of ids)
      seen.set(minute, (seen.get(minute) ?? 0) + fingerprints.length);
    for (const minute of [...seen.keys()]) if (minute < (forgetSeenBefore ?? 0)) seen.delete(minute);
    for (const delta of deltas) {
      const member = encodeMember(delta);
      const ofDay = days.get(delta.day) ?? new Map<string, { delta: ConnectionDelta; score: number }>();
      days.set(delta.day, ofDay);
      const row = ofDay.get(member) ?? { delta, score: 0 };
      ofDay.set(member, row);
      row.score += delta.count;
      const before = evidence.get(member)?.known;
      const decidedBy: Record<string, number> = { ...before?.decidedBy };
      for (const [rule, records] of Object.entries(delta.decidedBy))
        decidedBy[rule] = (decidedBy[rule] ?? 0) + records;
      evidence.set(member, {
        delta,
        known: {
          firstMs: Math.min(before?.firstMs ?? delta.firstMs, delta.firstMs),
          lastMs: Math.max(before?.lastMs ?? delta.lastMs, delta.lastMs),
          decidedBy,
          example: before?.example ?? delta.example,
        },
      });
    }
  }
  const state = await store.loadShard(shard);
  expect(state.checkpoint?.cursor).toBe(count === 0 ? undefined : String(count));
  expect(new Map(state.seen.map(({ minute, fingerprints }) => [minute, fingerprints.length]))).toEqual(seen);

  const totals = await store.days(shard);
  expect(totals.map(({ day }) => day)).toEqual([...days.keys()].sort());
  for (const { day, connections, records } of totals) {
    const rows = [...days.get(day)!.values()];
    expect(connections).toBe(rows.length);
    expect(records).toBe(rows.reduce((sum, { score }) => sum + score, 0));
    const expected = new Map(rows.map(({ delta, score }) => [encodeMember(delta), score]));
    for (const order of ['score', 'member'] as const) {
      const { items } = await store.connections(shard, day, { limit: 10_000, order });
      expect(new Map(items.map((item) => [encodeMember(item), item.score]))).toEqual(expected);
    }
    const endpoints = new Map<string, { records: number; sources: number }>();
    for (const { delta, score } of rows) {
      const endpoint = endpoints.get(encodeEndpoint(delta)) ?? { records: 0, sources: 0 };
      endpoints.set(encodeEndpoint(delta), {
        records: endpoint.records + score,
        sources: endpoint.sources + 1,
      });
    }
    const { items } = await store.endpoints(shard, day, { limit: 10_000 });
    expect(
      new Map(
        items.map(({ records: sum, sources, ...endpoint }) => [
          encodeEndpoint(endpoint),
          { records: sum, sources },
        ]),
      ),
    ).toEqual(endpoints);
    const range = { from: day, to: day };
    const names = new Set(rows.map(({ delta }) => delta.source));
    expect(await store.distinctSources(shard, range)).toEqual({ count: names.size, isExact: true });
  }
  const known = [...evidence.values()];
  expect(
    await store.evidence(
      shard,
      known.map(({ delta }) => delta),
    ),
  ).toEqual(known.map((each) => each.known));
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const { items } = await store.firstSeen(shard, span, { limit: 10_000 });
  expect(new Map(items.map((item) => [encodeMember(item), item.firstMs]))).toEqual(
    new Map(
      [...evidence].map(
        ([
          member,
          {
            known: { firstMs },
          },
        ]) => [member, firstMs],
      ),
    ),
  );
}
