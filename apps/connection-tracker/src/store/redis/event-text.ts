import { decodeMember, parseShardKey } from '../../model/index.js';
import type { ConnectionChange, StoreEvent } from '../contract.js';
import { type Connection, listOf, pairsOf, type Reply, textOf } from './connection/connection.js';

/** The id of the last event, or of none. */
export async function lastId(connection: Connection, key: string): Promise<string> {
  const [last] = listOf(await connection.call(key, ['XREVRANGE', key, '+', '-', 'COUNT', '1']));
  return last === undefined ? '0-0' : textOf(listOf(last)[0] ?? '0-0');
}

/** Undefined for what the commit script did not write. */
export function readEvent(entry: Reply): StoreEvent | undefined {
  const [id, fields] = listOf(entry);
  const named = new Map(pairsOf(fields ?? []));
  const shard = parseShardKey(named.get('shard') ?? '');
  if (shard === undefined) return undefined;
  const lines = named.get('changes') ?? '';
  return {
    id: textOf(id ?? ''),
    shard,
    atMs: Number(named.get('at')),
    changes: lines === '' ? [] : lines.split('\n').flatMap(readChange),
    omitted: Number(named.get('omitted')),
  };
}

function readChange(line: string): ConnectionChange[] {
  const [day = '', count, isNew, score, member = ''] = line.split('\t');
  const key = decodeMember(member);
  if (key === undefined) return [];
  return [{ day, ...key, score: Number(score), count: Number(count), isNew: isNew === '1' }];
}
