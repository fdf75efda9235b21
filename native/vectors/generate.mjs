#!/usr/bin/env node
// Writes geneve.json, flow.json and names.json beside this file; `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { flowCases } from './flow-cases.mjs';
import { geneveCases } from './geneve-cases.mjs';
import { nameCases } from './name-cases.mjs';

const check = process.argv.includes('--check');
const tables = { 'geneve.json': geneveCases, 'flow.json': flowCases, 'names.json': nameCases };

for (const [file, cases] of Object.entries(tables)) {
  const names = new Set(cases.map((item) => item.name));
  if (names.size !== cases.length) throw new Error(`${file}: two cases have one name`);
  for (const item of cases) {
    if (item.hex !== undefined && !/^([0-9a-f]{2})*$/.test(item.hex))
      throw new Error(`${file}: ${item.name}: hex`);
    if (file !== 'names.json' && (item.expect === undefined) === (item.error === undefined))
      throw new Error(`${file}: ${item.name}: needs expect or error`);
    if (file === 'geneve.json' && (item.expect === undefined) !== (item.gwlb === undefined))
      throw new Error(`${file}: ${item.name}: gwlb belongs to expect`);
  }
  const text = `[\n${cases.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`;
  const path = new URL(file, import.meta.url);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${file} is out of date: run node generate.mjs\n`);
    process.exitCode = 1;
  }
}
