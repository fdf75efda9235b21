import { runProcess, temporaryDirectory } from '@net/testing';

/** A bpf file system of this test's own. */
export interface BpfFileSystem {
  readonly path: string;
  remove(): Promise<void>;
}

export async function mountBpf(): Promise<BpfFileSystem> {
  const path = temporaryDirectory('geneve-bpf');
  const mounted = await runProcess('mount', ['-t', 'bpf', 'bpf', path]);
  if (mounted.code !== 0) throw new Error(`mount -t bpf: ${mounted.stderr}`);
  return { path, remove: async () => void (await runProcess('umount', [path])) };
}
