#!/usr/bin/env node
// fuzz.mjs [SECONDS] [codec|flow|gso ...]: builds the libFuzzer targets with clang and runs each for SECONDS (default 20)
// from the committed corpus in fuzz/corpus, which is only read; findings are written to build-fuzz.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const seconds = Number(process.argv[2] ?? 20);
const targets = process.argv.length > 3 ? process.argv.slice(3) : ['codec', 'flow', 'gso'];
const build = [
  '-S',
  '.',
  '-B',
  'build-fuzz',
  '-DCMAKE_CXX_COMPILER=clang++',
  '-DGENEVE_ADDON=OFF',
  '-DGENEVE_FUZZ=ON',
];

run('cmake', build);
run('cmake', ['--build', 'build-fuzz', '-j2']);
for (const target of targets) {
  const found = `build-fuzz/corpus-${target}`;
  mkdirSync(new URL(`../${found}`, import.meta.url), { recursive: true });
  const options = [`-max_total_time=${seconds}`, '-max_len=8192', '-print_final_stats=1'];
  const artifacts = `-artifact_prefix=build-fuzz/finding-${target}-`;
  run(`build-fuzz/fuzz_${target}`, [...options, artifacts, found, `fuzz/corpus/${target}`]);
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (result.status !== 0) {
    process.stderr.write(
      `fuzz: ${command} ended with ${result.status ?? result.signal ?? String(result.error)}\n`,
    );
    process.exit(1);
  }
}
