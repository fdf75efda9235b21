import type { FactsReader } from '../host.js';
import { type HostFacts, kernelFacts } from '../host-facts.js';
import { readFactsFile } from './file.js';
import { readImdsFacts } from './imds.js';
import { createMetadataReader } from './metadata.js';

/** Which source to ask: `auto` is the instance metadata where it answers, else the kernel alone. */
export type SourceName = 'auto' | 'imds' | 'kernel' | 'file';

/** What the sources need. */
export interface SourceOptions {
  readonly source: SourceName;
  readonly file?: string | undefined;
  readonly endpoint?: string | undefined;
  /** Longest wait for one answer of the metadata service, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A reader of the wanted source. Once the instance metadata has answered, its later silence is silence, not the
 * sign of a host without it: nothing is taken away because of it.
 */
export function createFactsReader(options: SourceOptions): FactsReader {
  const { source, file } = options;
  if (source === 'kernel') return () => Promise.resolve(kernelFacts);
  if (source === 'file' || file !== undefined)
    return () => readFactsFile(file ?? '/etc/multi-eni-routing/interfaces.json');
  let seen = source === 'imds';
  const read = createMetadataReader({ endpoint: options.endpoint, timeoutMs: options.timeoutMs });
  return async (signal): Promise<HostFacts> => {
    const facts = await readImdsFacts((path) => read(path, signal));
    signal?.throwIfAborted();
    seen ||= facts.enis.length > 0;
    // Not even once an answer: a host that is no instance, or one whose metadata is switched off. What an
    // earlier run learned from it must not be taken away, so this answer has no authority either.
    return seen ? facts : { ...kernelFacts, authoritative: false, notes: [] };
  };
}
