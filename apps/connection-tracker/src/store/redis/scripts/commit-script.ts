import { evidenceOfMembers } from './evidence-of-members.js';
import { indexing } from './indexing.js';
import { createScript, type Script } from './script.js';
import { timeText } from './time-text.js';

/**
 * One commit. Redis runs a script without anything in between, and once it has written something refuses it nothing any
 * more (maxmemory, a full disk, too few replicas are found out at the first write): it is done whole or not at all. Its
 * effects are one transaction in the append-only file and for replicas. The work grows with the batch, and with the
 * logarithm of the day.
 *
 * `begun` and `ended` count commits in the first and in the last command. A server that loads a torn append-only file may
 * replay the beginning of a transaction that it had lost; the two are then apart.
 *
 * KEYS: eight of the shard, five of each day, the sources of endpoints, and on a single server the set of shards.
 * ARGV: thirteen, then the fingerprints by minute, the days, eight of each connection, and whether the set is there.
 */
export const commitScript: Script = createScript(`${indexing}${timeText}${evidenceOfMembers}
local state, lease, seen, evidence, first_seen, days, last_update, events = unpack(KEYS, 1, 8)
local fence, batch, previous, shard = unpack(ARGV, 1, 4)
local has_checkpoint, cursor, read_until, forget_before = unpack(ARGV, 5, 8)
local kept_events, shown_changes = tonumber(ARGV[9]), tonumber(ARGV[10])
local seen_count, day_count, delta_count = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local sources_from = 8 + 5 * day_count

local wrong = wrong_type({
  {state, 'hash'}, {lease, 'hash'}, {seen, 'zset'}, {evidence, 'hash'}, {first_seen, 'zset'},
  {days, 'hash'}, {last_update, 'string'}, {events, 'stream'},
})
if wrong then return wrong end

local version, begun, ended = unpack(redis.call('HMGET', state, 'version', 'begun', 'ended'))
version = version or ''
local is_torn = begun ~= ended and '1' or '0'
if version == batch then return {'repeated', is_torn} end
local held = redis.call('HGET', lease, 'fence')
if held and tonumber(held) > tonumber(fence) then return {'fenced', '0'} end
if version ~= previous then return {'conflict', '0'} end

local at = 13
local first_seen_id = at + 1
at = at + 2 * seen_count
local list = {}
for index = 1, day_count do
  local key = 8 + 5 * (index - 1)
  local day = new_day(ARGV[at + index], unpack(KEYS, key + 1, key + 5))
  wrong = wrong_day(day)
  if wrong then return wrong end
  -- Only where the original wrote are there members that the tables lack.
  day.is_whole = redis.call('ZCARD', day.scores) == redis.call('ZCARD', day.members)
  list[index] = day
end
at = at + day_count
for key = sources_from + 1, #KEYS do
  wrong = wrong_type({{KEYS[key], key == #KEYS and ARGV[#ARGV] == 'registers' and 'set' or 'string'}})
  if wrong then return wrong end
end

local time = redis.call('TIME')
local now_ms = digits(time[1] * 1000 + math.floor(time[2] / 1000))
-- Counted up by what is loaded, too: what was begun twice has ended once.
redis.call('HINCRBY', state, 'begun', 1)
if is_torn == '1' then redis.call('HSET', state, 'ended', begun or 0) end
redis.call('HSET', state, 'version', batch, 'committedAt', now_ms)
if ARGV[#ARGV] == 'registers' then redis.call('SADD', KEYS[#KEYS], shard) end
if has_checkpoint == '1' then
  redis.call('HSET', state, 'cursor', cursor, 'readUntil', read_until)
  redis.call('SET', last_update, time_text(time[1], time[2]))
end

for index = 0, seen_count - 1 do
  local sequence = redis.call('HINCRBY', state, 'sequence', 1)
  redis.call('ZADD', seen, ARGV[first_seen_id + 2 * index], sequence .. ':' .. ARGV[first_seen_id + 2 * index + 1])
end
if forget_before ~= '' then redis.call('ZREMRANGEBYSCORE', seen, '-inf', '(' .. forget_before) end

local call = redis.call
local known_texts = read_evidence(evidence, at, delta_count)
local new_changes, other_changes = {}, {}
-- By the index of the key of their sources, so that few members need to be taken apart.
local endpoint_names = {}
for index = 0, delta_count - 1 do
  local base = at + index * 8
  local member, day, sources_at = ARGV[base + 1], list[tonumber(ARGV[base + 2])], tonumber(ARGV[base + 3])
  local count_text, first, last, rules, example = unpack(ARGV, base + 4, base + 8)
  local count = tonumber(count_text)
  local score_text = call('ZINCRBY', day.scores, count_text, member)
  local score = tonumber(score_text)
  local is_new = score == count

  local is_indexed = not is_new
  if not day.is_whole then
    is_indexed = call('ZADD', day.members, 'NX', 0, member) == 0
  elseif is_new then
    day.new_members[#day.new_members + 1] = 0
    day.new_members[#day.new_members + 1] = member
  end
  local source, endpoint = nil, endpoint_names[sources_at]
  if not (is_indexed and endpoint) then
    source, endpoint = split(member)
    endpoint_names[sources_at] = endpoint
  end
  if is_indexed then
    add_records(day, endpoint, count)
  else
    add_records(day, endpoint, score)
    add_visit(day, source, endpoint, KEYS[sources_from + sources_at])
  end

  add_evidence(known_texts, member, first, last, rules, example)

  local changes = is_new and new_changes or other_changes
  if #changes < shown_changes then
    changes[#changes + 1] = table.concat({day.name, count_text, is_new and '1' or '0', score_text, member}, '\\t')
  end
end
for _, day in ipairs(list) do flush(day, days) end
write_evidence(evidence, first_seen, known_texts)

if delta_count > 0 then
  for index = 1, math.min(shown_changes - #new_changes, #other_changes) do
    new_changes[#new_changes + 1] = other_changes[index]
  end
  redis.call('XADD', events, 'MAXLEN', '~', kept_events, '*', 'shard', shard, 'at', now_ms,
    'omitted', delta_count - #new_changes, 'changes', table.concat(new_changes, '\\n'))
end
redis.call('HINCRBY', state, 'ended', 1)
return {'committed', is_torn}
`);
