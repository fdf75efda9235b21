import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ManagedInterface } from './interfaces.js';

const header = '# Written by multi-eni-routing; removed by its flush and uninstall.';

/** The file with the names of our tables; iproute2 reads every `.conf` of this folder. */
export function tableNamesPath(root = '/'): string {
  return join(root, 'etc/iproute2/rt_tables.d/multi-eni-routing.conf');
}

/** Names each table after its interface (`eni_eth1`), for people who read `ip rule`. True when it changed. */
export function writeTableNames(interfaces: readonly ManagedInterface[], root = '/'): boolean {
  const lines = interfaces
    .filter((item) => /^[A-Za-z0-9_.-]+$/.test(item.name))
    .map((item) => `${item.table}\teni_${item.name}`);
  const text = `${[header, ...lines].join('\n')}\n`;
  const path = tableNamesPath(root);
  if (read(path) === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return true;
}

/** Removes the names when the file is ours. */
export function removeTableNames(root = '/'): boolean {
  const path = tableNamesPath(root);
  if (read(path)?.startsWith(header) !== true) return false;
  rmSync(path);
  return true;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
