import { rmSync } from 'node:fs';

export default function removePacked() {
  const folder = process.env.NET_TEST_PACKED;
  if (folder) rmSync(folder, { recursive: true, force: true });
}
