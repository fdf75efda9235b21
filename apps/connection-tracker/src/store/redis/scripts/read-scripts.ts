import { createScript, type Script } from './script.js';

/** Version, checkpoint and fingerprints as they belong together. */
export const loadScript: Script = createScript(`
local version, cursor, read_until, begun, ended =
  unpack(redis.call('HMGET', KEYS[1], 'version', 'cursor', 'readUntil', 'begun', 'ended'))
return {version, cursor, read_until, begun ~= ended and '1' or '0', redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')}
`);

/** KEYS: the hash of days, then scores and members of each day. Answers members in scores, those in the tables, records. */
export const totalsScript: Script = createScript(`
local totals = {}
for index = 1, #ARGV do
  totals[#totals + 1] = redis.call('ZCARD', KEYS[2 * index])
  totals[#totals + 1] = redis.call('ZCARD', KEYS[2 * index + 1])
  totals[#totals + 1] = redis.call('HGET', KEYS[1], ARGV[index]) or '0'
end
return totals
`);

/**
 * A page of a sorted set by score and member, after one of them or, forward, from a score on. With KEYS[2] each item is
 * followed by the number of its visits.
 *
 * ARGV: 'forward' or 'back', items, score and member to go on behind (or '', ''), lowest score.
 */
export const pageScript: Script = createScript(`
local key = KEYS[1]
local direction, items, score, member, from = unpack(ARGV, 1, 5)

-- Lua compares texts as the server's language does; Redis orders members by their bytes.
local function is_before(a, b)
  for at = 1, math.min(#a, #b) do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- How many items come before (score, member) in ascending order.
local function rank_of()
  local known = redis.call('ZSCORE', key, member)
  if known and tonumber(known) == tonumber(score) then return redis.call('ZRANK', key, member), true end
  local low = redis.call('ZCOUNT', key, '-inf', '(' .. score)
  local high = redis.call('ZCOUNT', key, '-inf', score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(redis.call('ZRANGE', key, middle, middle)[1], member) then low = middle + 1 else high = middle end
  end
  return low, false
end

local start = 0
if score ~= '' then
  local rank, is_there = rank_of()
  if direction == 'forward' then
    start = is_there and rank + 1 or rank
  else
    start = redis.call('ZCARD', key) - rank
  end
elseif from ~= '' then
  start = redis.call('ZCOUNT', key, '-inf', '(' .. from)
end
local command = direction == 'forward' and 'ZRANGE' or 'ZREVRANGE'
local page = redis.call(command, key, start, start + tonumber(items) - 1, 'WITHSCORES')
if KEYS[2] then
  local counted = {}
  for at = 1, #page, 2 do
    local endpoint = page[at]
    counted[#counted + 1] = endpoint
    counted[#counted + 1] = page[at + 1]
    counted[#counted + 1] = redis.call('ZLEXCOUNT', KEYS[2], '[' .. endpoint .. '\\0', '(' .. endpoint .. '\\1')
  end
  return counted
end
return page
`);
