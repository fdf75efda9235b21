import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll } from '../dist/index.js';

/** Packs every library and tool once for all test files. */
export default function packOnce() {
  const folder = mkdtempSync(join(tmpdir(), 'net-packed-'));
  writeFileSync(join(folder, 'packed.json'), JSON.stringify(packAll(folder, { unpublished: true })));
  process.env.NET_TEST_PACKED = folder;
}
