#!/usr/bin/env node
// bpf.mjs [--check]: compiles bpf/datapath.bpf.c with clang and writes its instructions to src/core/bpf_programs.inc, so
// that nothing but the addon is needed at run time; likewise the program of a test. --check says whether the files are what
// this clang makes (exit 1: not; exit 2: another clang made them).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
/** The programs, and the one by which a test asks the kernel for their flow keys. */
const all = [
  ['bpf/datapath.bpf.c', 'src/core/bpf_programs.inc'],
  ['test/core/flow_key.bpf.c', 'test/core/flow_key_program.inc'],
];
const clang = process.env.CLANG ?? 'clang';
const work = mkdtempSync(join(tmpdir(), 'net-bpf-'));
try {
  const version = /version (\d+)/.exec(run(clang, ['--version']))?.[1];
  for (const [source, target] of all) make(version, source, target);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function make(version, source, target) {
  const object = join(work, 'program.o');
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch;
  const include = [`-I/usr/include/${machine}-linux-gnu`];
  const flags = ['-O2', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror', '-Wno-unused-variable', ...include];
  run(clang, [...flags, '-c', join(folder, source), '-o', object]);
  const text = print(version, source, readObject(readFileSync(object)));
  if (!process.argv.includes('--check')) {
    writeFileSync(join(folder, target), text);
    return;
  }
  const committed = readFileSync(join(folder, target), 'utf8');
  const by = /clang (\d+)/.exec(committed)?.[1];
  if (by !== version) {
    process.stdout.write(`made by clang ${by}, this is clang ${version}\n`);
    process.exitCode = 2;
  } else if (committed !== text) {
    process.stdout.write(`${target} is not what ${source} compiles to\n`);
    process.exitCode = 1;
  }
}

/** Instructions of each program and which of them want which map, from an ELF64 object. */
function readObject(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u64 = (at) => Number(view.getBigUint64(at, true));
  const start = u64(40);
  const size = view.getUint16(58, true);
  const sections = Array.from({ length: view.getUint16(60, true) }, (_, index) => {
    const at = start + index * size;
    return {
      name: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      offset: u64(at + 24),
      bytes: u64(at + 32),
      info: view.getUint32(at + 44, true),
    };
  });
  const stringAt = (section, at) => {
    const from = section.offset + at;
    return bytes.toString('latin1', from, bytes.indexOf(0, from));
  };
  const names = sections[view.getUint16(62, true)];
  const symbols = sections.find(({ type }) => type === 2);
  const strings = sections.find((section) => stringAt(names, section.name) === '.strtab');
  const symbol = (index) => stringAt(strings, view.getUint32(symbols.offset + index * 24, true));
  return sections
    .map((section, index) => ({ ...section, index, title: stringAt(names, section.name) }))
    .filter(({ title }) => title.startsWith('tc/'))
    .map(({ title, offset, bytes: length, index }) => {
      const relocations = sections.filter(({ type, info }) => type === 9 && info === index);
      const maps = relocations.flatMap((relocation) =>
        Array.from({ length: relocation.bytes / 16 }, (_, entry) => {
          const at = relocation.offset + entry * 16;
          const name = symbol(view.getUint32(at + 12, true));
          if (view.getUint32(at + 8, true) !== 1) throw new Error(`${title}: a relocation that is no map`);
          return { instruction: u64(at) / 8, name };
        }),
      );
      const words = Array.from({ length: length / 8 }, (_, word) =>
        view.getBigUint64(offset + word * 8, true),
      );
      return { name: title.slice(3), words, maps };
    });
}

function print(version, source, programs) {
  const lines = [
    `// Made by scripts/bpf.mjs from ${source} with clang ` +
      `${version}; do not edit. SPDX-License-Identifier: MIT OR GPL-2.0-only`,
  ];
  for (const { name, words, maps } of programs) {
    const title = name[0].toUpperCase() + name.slice(1);
    lines.push(`constexpr uint64_t k${title}Program[] = {`);
    for (let at = 0; at < words.length; at += 5) {
      const some = words.slice(at, at + 5).map((word) => `0x${word.toString(16).padStart(16, '0')}`);
      lines.push(`    ${some.join(', ')},`);
    }
    lines.push('};', `constexpr MapUse k${title}Maps[] = {`);
    for (const { instruction, name: map } of maps)
      lines.push(
        `    {${instruction}, MapKind::${map.replace(/^map_(.)/, (_, first) => `k${first.toUpperCase()}`)}},`,
      );
    lines.push('};');
  }
  return `${lines.join('\n')}\n`;
}

function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')}\n${result.stderr ?? String(result.error)}`);
  return result.stdout;
}
