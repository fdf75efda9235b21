#!/usr/bin/env node
// Compiles the addon, or says why it does not: NET_WITHOUT_NATIVE=1 and platforms other than Linux build only
// the TypeScript side, whose loader then explains what is missing.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

if (process.env.NET_WITHOUT_NATIVE || process.platform !== 'linux') {
  process.stderr.write(
    'geneve-native: the addon is not built (NET_WITHOUT_NATIVE is set or this is not Linux)\n',
  );
} else {
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const result = spawnSync(process.execPath, [cmakeJs, 'compile', ...process.argv.slice(2)], {
    cwd: folder,
    stdio: 'inherit',
  });
  process.exitCode = result.status ?? 1;
}
