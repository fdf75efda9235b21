import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';
import { runProcess } from '@net/testing';

test('the table of operations in the README is the registry', async () => {
  const script = fileURLToPath(new URL('../scripts/write-operations-table.mjs', import.meta.url));
  const { code, stderr } = await runProcess(process.execPath, [script, '--check']);
  expect(stderr).not.toContain('out of date');
  expect(code).toBe(0);
});
