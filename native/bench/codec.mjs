#!/usr/bin/env node
// Decoding Geneve headers in JavaScript next to the native batch: nanoseconds a packet, medians of several rounds.
// The JavaScript decoder here reads the same fields with the same checks for the usual header; @net/geneve's decodeGwlb,
// which returns objects, is measured too where it is installed and built.
import { decodeBatch, decodeBatchStride } from '../dist/index.js';

const header = Buffer.from(
  '0800080000000000010801020123456789ab000001080202fedcba9876543210010803015eedc0de',
  'hex',
);
const packet = Buffer.concat([header, Buffer.alloc(88)]);
const batches = [1, 8, 64, 512];
const full = await import('@net/geneve').catch(() => undefined);

console.log(`Node ${process.version}, ${packet.length}-byte packets, nanoseconds a packet`);
console.log('packets a call   native batch   JavaScript, into an array   @net/geneve, objects');
for (const count of batches) {
  const data = Buffer.concat(Array.from({ length: count }, () => packet));
  const offsets = Uint32Array.from({ length: count + 1 }, (_, index) => index * packet.length);
  const out = new Uint32Array(count * decodeBatchStride);
  const native = measure(count, () => decodeBatch(data, offsets, out));
  const script = measure(count, () => decodeAll(data, offsets, out));
  const objects = full?.decodeGwlb
    ? measure(count, () => {
        for (let i = 0; i < count; i++) full.decodeGwlb(data.subarray(offsets[i], offsets[i + 1]));
      })
    : NaN;
  const columns = [native, script, objects].map((value) =>
    (Number.isNaN(value) ? 'not built' : value.toFixed(1)).padStart(14),
  );
  console.log(
    `${String(count).padStart(14)} ${columns[0]} ${columns[1].padStart(27)} ${columns[2].padStart(22)}`,
  );
}

function decodeAll(data, offsets, out) {
  let accepted = 0;
  for (let i = 0; i + 1 < offsets.length; i++) {
    const at = offsets[i];
    const to = i * decodeBatchStride;
    const usual =
      offsets[i + 1] - at >= 40 &&
      data[at] === 8 &&
      data.readUInt32BE(at + 8) === 0x01080102 &&
      data.readUInt32BE(at + 20) === 0x01080202 &&
      data.readUInt32BE(at + 32) === 0x01080301;
    out[to] = usual ? 0 : 1;
    if (!usual) continue;
    accepted++;
    out[to + 1] = 40;
    out[to + 2] = data.readUInt16BE(at + 2);
    out[to + 3] = data.readUInt32BE(at + 4) >>> 8;
    out[to + 4] = data.readUInt32BE(at + 12);
    out[to + 5] = data.readUInt32BE(at + 16);
    out[to + 6] = data.readUInt32BE(at + 36);
  }
  return accepted;
}

function measure(packets, body) {
  const rounds = [];
  for (let round = 0; round < 7; round++) {
    const calls = Math.ceil(400_000 / packets);
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) body();
    rounds.push(Number(process.hrtime.bigint() - start) / calls / packets);
  }
  return rounds.sort((a, b) => a - b)[3];
}
