import { EventEmitter, on } from 'node:events';
import {
  type Connection,
  type ConnectionDelta,
  type ConnectionKey,
  type Endpoint,
  type Evidence,
  encodeEndpoint,
  encodeMember,
  parseShardKey,
  type Shard,
  shardKey,
} from '../../src/model/index.js';
import type {
  ConnectionsPage,
  DayRange,
  Page,
  PageRequest,
  ShardStatus,
  Store,
  StoredAccount,
  StoreEvent,
} from '../../src/store/index.js';

type Fact = Connection & { readonly member: string };

/** The reading half of the stores' contract in memory, filled with deltas: a test bed for the HTTP interface. */
export class MemoryStore {
  readonly kind = 'memory';
  readonly #days = new Map<string, Map<string, Map<string, Fact>>>();
  readonly #evidence = new Map<string, Evidence & ConnectionKey>();
  readonly #statuses = new Map<string, ShardStatus>();
  readonly #emitter = new EventEmitter();
  #accounts: readonly StoredAccount[] = [];
  #events: StoreEvent[] = [];
  #sorted = new WeakMap<Map<string, Fact>, { readonly size: number; readonly facts: readonly Fact[] }>();
  failure: Error | undefined;

  /** The store as the application takes it. */
  get asStore(): Store {
    return this as unknown as Store;
  }

  setAccounts(accounts: readonly StoredAccount[]): void {
    this.#accounts = accounts;
  }

  setStatus(shard: Shard, status: Partial<ShardStatus>): void {
    const known = this.#statuses.get(shardKey(shard));
    this.#statuses.set(shardKey(shard), {
      shard,
      checkpoint: undefined,
      committedAtMs: undefined,
      lastUpdate: undefined,
      owner: undefined,
      ...known,
      ...status,
    });
  }

  add(shard: Shard, deltas: readonly ConnectionDelta[], atMs: number): void {
    const key = shardKey(shard);
    const days = this.#days.get(key) ?? new Map<string, Map<string, Fact>>();
    this.#days.set(key, days);
    const changes = deltas.map((delta) => {
      const { source, dest, destPort, day, count, firstMs, lastMs } = delta;
      const member = encodeMember(delta);
      const facts = days.get(day) ?? new Map<string, Fact>();
      days.set(day, facts);
      const before = facts.get(member);
      const score = (before?.score ?? 0) + count;
      facts.set(member, { source, dest, destPort, score, member });
      this.#sorted.delete(facts);
      const evidence = this.#evidence.get(`${key} ${member}`);
      this.#evidence.set(`${key} ${member}`, {
        source,
        dest,
        destPort,
        firstMs: Math.min(firstMs, evidence?.firstMs ?? firstMs),
        lastMs: Math.max(lastMs, evidence?.lastMs ?? lastMs),
        decidedBy: delta.decidedBy,
        example: delta.example,
      });
      return { day, source, dest, destPort, score, count, isNew: before === undefined };
    });
    this.setStatus(shard, { committedAtMs: atMs });
    const event = {
      id: String(this.#events.length + 1).padStart(8, '0'),
      shard,
      atMs,
      changes: changes.slice(0, 100),
      omitted: Math.max(0, changes.length - 100),
    };
    this.#events.push(event);
    this.#emitter.emit('event', event);
  }

  ping = async (): Promise<void> => this.#check();
  close = async (): Promise<void> => undefined;

  accounts = async (): Promise<readonly StoredAccount[]> => {
    this.#check();
    return this.#accounts;
  };

  shards = async (): Promise<readonly ShardStatus[]> => {
    this.#check();
    return [...this.#statuses.keys()].sort().map((key) => this.#statuses.get(key)!);
  };

  days = async (shard: Shard) => {
    this.#check();
    return [...(this.#days.get(shardKey(shard)) ?? [])]
      .map(([day, facts]) => ({
        day,
        connections: facts.size,
        records: [...facts.values()].reduce((sum, { score }) => sum + score, 0),
      }))
      .sort((a, b) => (a.day < b.day ? -1 : 1));
  };

  connections = async (shard: Shard, day: string, page: ConnectionsPage): Promise<Page<Connection>> => {
    this.#check();
    const facts = this.#facts(shard, day);
    const rows = page.order === 'score' ? facts : [...facts].sort((a, b) => (a.member < b.member ? -1 : 1));
    return pageOf(rows, page, ({ source, dest, destPort, score }) => ({ source, dest, destPort, score }));
  };

  endpoints = async (shard: Shard, day: string, page: PageRequest) => {
    const totals = new Map<string, { dest: string; destPort: number; records: number; sources: number }>();
    for (const fact of this.#facts(shard, day)) {
      const key = encodeEndpoint(fact);
      const known = totals.get(key) ?? { dest: fact.dest, destPort: fact.destPort, records: 0, sources: 0 };
      totals.set(key, { ...known, records: known.records + fact.score, sources: known.sources + 1 });
    }
    return pageOf([...totals.values()], page, (row) => row);
  };

  sourcesOf = async (shard: Shard, endpoint: Endpoint, range: DayRange, page: PageRequest) => {
    const key = encodeEndpoint(endpoint);
    return this.#seen(shard, range, page, (fact) =>
      encodeEndpoint(fact) === key ? { source: fact.source } : undefined,
    );
  };

  endpointsOf = async (shard: Shard, source: string, range: DayRange, page: PageRequest) =>
    this.#seen(shard, range, page, (fact) =>
      fact.source === source ? { dest: fact.dest, destPort: fact.destPort } : undefined,
    );

  firstSeen = async (shard: Shard, span: { fromMs: number; toMs: number }, page: PageRequest) => {
    const rows = [...this.#evidence]
      .filter(([key]) => key.startsWith(`${shardKey(shard)} `))
      .map(([, evidence]) => evidence)
      .filter(({ firstMs }) => firstMs >= span.fromMs && firstMs < span.toMs)
      .sort((a, b) => a.firstMs - b.firstMs);
    return pageOf(rows, page, ({ source, dest, destPort, firstMs }) => ({ source, dest, destPort, firstMs }));
  };

  evidence = async (shard: Shard, keys: readonly ConnectionKey[]) =>
    keys.map((key) => this.#evidence.get(`${shardKey(shard)} ${encodeMember(key)}`));

  distinctSources = async (shard: Shard, range: DayRange, endpoint?: Endpoint) => {
    const key = endpoint && encodeEndpoint(endpoint);
    const sources = new Set<string>();
    for (const [day, facts] of this.#days.get(shardKey(shard)) ?? []) {
      if (day < range.from || day > range.to) continue;
      for (const fact of facts.values()) if (!key || encodeEndpoint(fact) === key) sources.add(fact.source);
    }
    return { count: sources.size, isExact: true };
  };

  async *events({ after, signal }: { after?: string; signal: AbortSignal }): AsyncGenerator<StoreEvent> {
    const live = on(this.#emitter, 'event', { signal });
    let last = after ?? String(this.#events.length).padStart(8, '0');
    try {
      for (const event of [...this.#events]) {
        if (event.id <= last) continue;
        last = event.id;
        yield event;
      }
      for await (const [event] of live) {
        if (event.id > last) yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #check(): void {
    if (this.failure) throw this.failure;
  }

  #facts(shard: Shard, day: string): readonly Fact[] {
    const facts = this.#days.get(shardKey(shard))?.get(day);
    if (!facts) return [];
    const known = this.#sorted.get(facts);
    if (known) return known.facts;
    const sorted = [...facts.values()].sort((a, b) => b.score - a.score || (a.member < b.member ? 1 : -1));
    this.#sorted.set(facts, { size: facts.size, facts: sorted });
    return sorted;
  }

  #seen<K extends object>(
    shard: Shard,
    range: DayRange,
    page: PageRequest,
    keyOf: (fact: Fact) => K | undefined,
  ) {
    const found = new Map<string, K & { days: Record<string, number>; firstMs?: number; lastMs?: number }>();
    for (const [day, facts] of this.#days.get(shardKey(shard)) ?? []) {
      if (day < range.from || day > range.to) continue;
      for (const fact of facts.values()) {
        const key = keyOf(fact);
        if (!key) continue;
        const evidence = this.#evidence.get(`${shardKey(shard)} ${fact.member}`);
        const row: K & { days: Record<string, number> } = found.get(fact.member) ?? {
          ...key,
          days: {},
          firstMs: evidence?.firstMs,
          lastMs: evidence?.lastMs,
        };
        row.days[day] = fact.score;
        found.set(fact.member, row as never);
      }
    }
    return pageOf([...found.values()], page, (row) => row as never);
  }
}

function pageOf<T, U>(rows: readonly T[], { limit, cursor }: PageRequest, of: (row: T) => U): Page<U> {
  const from = cursor === undefined ? 0 : Number(cursor);
  const items = rows.slice(from, from + limit).map(of);
  return { items, cursor: from + limit < rows.length ? String(from + limit) : undefined };
}

export function shardOf(key: string): Shard {
  const shard = parseShardKey(key);
  if (!shard) throw new Error(key);
  return shard;
}
