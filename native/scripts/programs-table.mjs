#!/usr/bin/env node
// programs-table.mjs: has this kernel load the kernel path's programs, attached to nothing, and prints what it says of them
// as the table of README.md. Needs root (CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN) and a built addon.
import { release } from 'node:os';
import { probeKernelPath } from '../dist/index.js';

const { programs, reason } = probeKernelPath();
if (reason !== '') {
  process.stderr.write(`the programs cannot be loaded: ${reason}\n`);
  process.exitCode = 3;
} else {
  process.stdout.write(
    '| program | kernel | steps of the verifier | instructions | bytes of machine code |\n| --- | --- | --- | --- | --- |\n',
  );
  for (const { name, verified, instructions, compiledBytes } of programs)
    process.stdout.write(`| ${name} | ${release()} | ${verified} | ${instructions} | ${compiledBytes} |\n`);
}
