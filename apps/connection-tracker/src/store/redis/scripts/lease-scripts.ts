import { createScript, type Script } from './script.js';

const now = `
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local function digits(number) return string.format('%.0f', number) end
`;

/**
 * A fence is the time in microseconds, or one more than the last when that is later: greater than all before even when
 * the server has lost its last seconds, or came back from an older file.
 */
export const acquireScript: Script = createScript(`${now}
local owner, fence, until_ms = unpack(redis.call('HMGET', KEYS[1], 'owner', 'fence', 'until'))
if until_ms and tonumber(until_ms) > now_ms and owner ~= ARGV[1] then return false end
local next_fence = digits(math.max(time[1] * 1000000 + time[2], (tonumber(fence) or 0) + 1))
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', next_fence, 'until', digits(now_ms + tonumber(ARGV[2])))
return next_fence
`);

export const renewScript: Script = createScript(`${now}
local fence, until_ms = unpack(redis.call('HMGET', KEYS[1], 'fence', 'until'))
if fence ~= ARGV[1] or tonumber(until_ms) <= now_ms then return 0 end
redis.call('HSET', KEYS[1], 'until', digits(now_ms + tonumber(ARGV[2])))
return 1
`);

/** The fence stays: it never goes back. */
export const releaseScript: Script = createScript(`
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', '0') end
return 1
`);

export const announceScript: Script = createScript(`${now}
redis.call('ZADD', KEYS[1], digits(now_ms + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', digits(now_ms))
return redis.call('ZRANGE', KEYS[1], 0, -1)
`);

/** What `shards()` tells of one. */
export const statusScript: Script = createScript(`${now}
local cursor, read_until, committed = unpack(redis.call('HMGET', KEYS[1], 'cursor', 'readUntil', 'committedAt'))
local owner, until_ms = unpack(redis.call('HMGET', KEYS[2], 'owner', 'until'))
local holds = until_ms and tonumber(until_ms) > now_ms
return {cursor, read_until, committed, redis.call('GET', KEYS[3]), holds and owner}
`);
