import { indexing } from './indexing.js';
import { createScript, type Script } from './script.js';

/**
 * Brings members that the original wrote into the tables of their day.
 * KEYS: days, the five of the day, sources of endpoints. ARGV: day, then member and index of its endpoint's key (0: none).
 */
export const adoptScript: Script = createScript(`${indexing}
local days = KEYS[1]
local day = new_day(ARGV[1], unpack(KEYS, 2, 6))
local wrong = wrong_type({{days, 'hash'}}) or wrong_day(day)
if wrong then return wrong end
local adopted = 0
for at = 2, #ARGV, 2 do
  local member, sources_at = ARGV[at], tonumber(ARGV[at + 1])
  local score = redis.call('ZSCORE', day.scores, member)
  if score and redis.call('ZADD', day.members, 'NX', 0, member) == 1 then
    adopted = adopted + 1
    local source, endpoint = split(member)
    if sources_at == 0 then source, endpoint = nil, nil end
    add_records(day, endpoint, tonumber(score))
    add_visit(day, source, endpoint, KEYS[6 + sources_at])
  end
end
if adopted > 0 then flush(day, days) end
return adopted
`);

/**
 * Deletes a day, some endpoints at a time; at last all the rest at once, so that no commit loses its day's name.
 * KEYS: days, the five of the day, sources of the endpoints in ARGV[2...]. Answers the connections that went, or -1: more.
 */
export const deleteDayScript: Script = createScript(`
local days, scores, members, visits, endpoints, sources = unpack(KEYS, 1, 6)
if #KEYS > 6 then
  redis.call('UNLINK', unpack(KEYS, 7))
  redis.call('ZREM', endpoints, unpack(ARGV, 2))
end
if redis.call('ZCARD', endpoints) > 0 then return -1 end
local connections = redis.call('ZCARD', scores)
redis.call('UNLINK', scores, members, visits, endpoints, sources)
redis.call('HDEL', days, ARGV[1])
return connections
`);

/**
 * Forgets the connections of one step that were not seen since. KEYS: evidence, first seen. ARGV: milliseconds, cursor,
 * about how many to look at. Answers the next cursor.
 */
export const forgetScript: Script = createScript(`
local before = tonumber(ARGV[1])
local cursor, found = unpack(redis.call('HSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3]))
for at = 1, #found, 2 do
  local last = tonumber(string.match(found[at + 1], '^[^\\n]*\\n([^\\n]*)'))
  if last and last < before then
    redis.call('HDEL', KEYS[1], found[at])
    redis.call('ZREM', KEYS[2], found[at])
  end
end
return cursor
`);
