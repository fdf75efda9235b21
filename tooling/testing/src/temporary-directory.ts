import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder that is removed when the process exits. */
export function temporaryDirectory(label: string): string {
  const folder = mkdtempSync(join(tmpdir(), `net-${label}-`));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
