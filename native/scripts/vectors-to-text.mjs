#!/usr/bin/env node
// vectors-to-text.mjs FOLDER: writes the shared vectors as tab-separated text, so that the C++ tests need no JSON parser.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
if (!folder) throw new Error('usage: vectors-to-text.mjs FOLDER');
const read = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const reason = (code) => code.toLowerCase().replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());
const fault = ({ code, offset }) => [reason(code), offset];

const geneve = read('geneve').map(({ name, hex, expect, error, gwlb }) => {
  if (error) return [name, hex, ...fault(error)];
  if (gwlb.error) return [name, hex, ...fault(gwlb.error)];
  const { eni, attachment, cookie } = gwlb.expect;
  return [
    name,
    hex,
    'accepted',
    0,
    expect.protocol,
    expect.vni,
    expect.headerLength,
    eni,
    attachment,
    cookie,
  ];
});
const flow = read('flow').map(({ name, hex, expect, error }) => {
  if (error) return [name, hex, ...fault(error)];
  const { fragment } = expect;
  const flags = [expect.quoted, expect.truncated, fragment !== null, fragment?.more ?? false].map(Number);
  return [
    ...[name, hex, 'accepted', 0, expect.version, expect.protocol, expect.source, expect.destination],
    ...[expect.sourcePort, expect.destinationPort, expect.identifier, ...flags],
    ...[fragment?.identification ?? 0, fragment?.offset ?? 0],
  ];
});
const names = read('names').map(({ name, eni, suffix }) => [name, eni, suffix]);

mkdirSync(folder, { recursive: true });
for (const [file, cases] of Object.entries({ geneve, flow, names }))
  writeFileSync(join(folder, `${file}.txt`), cases.map((fields) => `${fields.join('\t')}\n`).join(''));
