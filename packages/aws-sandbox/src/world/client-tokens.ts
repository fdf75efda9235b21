/** The plain form, for dumps. */
export type ClientTokensDump = readonly (readonly [string, ClientTokenRecord])[];

interface ClientTokenRecord {
  readonly parameters: string;
  readonly output: object;
  readonly atMs: number;
}

const MAX_TOKENS = 50_000;
const LIFETIME_MS = 24 * 3_600_000;

/** Remembers the outcome of calls by client token, as AWS does for at least 24 hours, bounded in number. */
export class ClientTokens {
  readonly #records = new Map<string, ClientTokenRecord>();

  /** The recorded answer, `mismatch` when the token was used with other parameters, undefined when it is new. */
  find(key: string, input: object, nowMs: number): object | 'mismatch' | undefined {
    const record = this.#records.get(key);
    if (!record || nowMs - record.atMs > LIFETIME_MS) return undefined;
    return record.parameters === parametersOf(input) ? structuredClone(record.output) : 'mismatch';
  }

  remember(key: string, input: object, output: object, nowMs: number): void {
    this.#records.delete(key);
    this.#records.set(key, { parameters: parametersOf(input), output: structuredClone(output), atMs: nowMs });
    const oldest = this.#records.keys().next();
    if (this.#records.size > MAX_TOKENS && !oldest.done) this.#records.delete(oldest.value);
  }

  dump(): ClientTokensDump {
    return [...this.#records];
  }

  load(dump: ClientTokensDump): void {
    this.#records.clear();
    for (const [key, record] of dump) this.#records.set(key, record);
  }
}

function parametersOf(input: object): string {
  return stable({ ...input, ClientToken: undefined, DryRun: undefined });
}

function stable(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'null' : JSON.stringify(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, content]) => content !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, content]) => `${JSON.stringify(name)}:${stable(content)}`).join(',')}}`;
}
