// Commits to a store until it is killed, or holds a lease.
import { openEmbeddedStore } from '../../dist/store/embedded/index.js';

const [directory, mode] = process.argv.slice(2);
const shard = { accountId: '123456789012', region: 'eu-west-1' };
const store = openEmbeddedStore({ directory });
if (mode === 'lease') {
  await store.acquireLease(shard, 'child', 600_000);
  console.log('holds');
  setInterval(() => undefined, 1_000);
} else {
  for (;;) {
    const { version, checkpoint } = await store.loadShard(shard);
    const next = Number(checkpoint?.cursor ?? 0) + 1;
    const delta = (source) => ({
      source,
      dest: 'web',
      destPort: 443,
      day: '2026-01-01',
      count: 1,
      firstMs: next,
      lastMs: next,
      decidedBy: { syn: 1 },
      example: '',
    });
    const { status } = await store.commit({
      shard,
      fence: 1,
      batchId: `batch-${next}-${process.pid}`,
      previous: version,
      deltas: [delta('a'), delta(`s${next % 50}`)],
      seen: [{ minute: next, fingerprints: new Uint8Array(12) }],
      checkpoint: { cursor: String(next), readUntilMs: next },
    });
    if (status === 'committed') console.log(`committed ${next}`);
  }
}
