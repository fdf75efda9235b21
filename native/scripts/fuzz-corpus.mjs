#!/usr/bin/env node
// Writes the committed seeds of the fuzzers from the shared vectors: fuzz/corpus/{codec,flow,gso}.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const packets = (name) => read(name).map((each) => Buffer.from(each.hex, 'hex'));
const framed = (list) =>
  list.flatMap((packet) => [Buffer.from([packet.length >> 8, packet.length & 255]), packet]);

/** Eight packets of one UDP flow with identifications that count up: what merges. */
const run = Array.from({ length: 8 }, (_, index) => {
  const packet = Buffer.from(
    '4500003c000100004011000' + '0c0000201c633640203e807d000280000' + 'ab'.repeat(32),
    'hex',
  );
  packet.writeUInt16BE(index + 1, 4);
  return packet;
});
const tcp = Array.from({ length: 8 }, (_, index) => {
  const packet = Buffer.from(
    '45000048000100004006000' +
      '0c0000201c633640203e807d00000000100000001501002000000' +
      '0000' +
      'cd'.repeat(32),
    'hex',
  );
  packet.writeUInt16BE(index + 1, 4);
  packet.writeUInt32BE(1 + 32 * index, 24);
  return packet;
});

const seeds = {
  codec: packets('geneve'),
  flow: packets('flow'),
  gso: [run, tcp, [...run, ...tcp]].map((list) => Buffer.concat([Buffer.from([1]), ...framed(list)])),
};
for (const [name, list] of Object.entries(seeds)) {
  const folder = new URL(`../fuzz/corpus/${name}/`, import.meta.url);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  list.forEach((bytes, index) =>
    writeFileSync(new URL(`${String(index).padStart(3, '0')}.bin`, folder), bytes),
  );
}
