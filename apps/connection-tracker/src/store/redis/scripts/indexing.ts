/**
 * Lua that keeps a day's tables. A member is in `members` when the tables count it. One that is not is counted with its
 * whole score: it is new, or the original wrote it. So the tables of a day that the original began come out the same in
 * whatever order its members are read in and added to.
 *
 * Lua's own conversion of numbers to text keeps 14 digits: sums of counts are written with `%.0f`.
 */
export const indexing = `
local function digits(number) return string.format('%.0f', number) end

local function split(member)
  local at = string.find(member, '->', 1, true)
  if not at then return nil end
  return string.sub(member, 1, at - 1), string.sub(member, at + 2)
end

-- An estimate that is broken must not break counts.
local function in_parts(command, key, list)
  local call = command == 'PFADD' and redis.pcall or redis.call
  for at = 1, #list, 1000 do
    call(command, key, unpack(list, at, math.min(at + 999, #list)))
  end
end

-- What the tables of one day gain; written at once by 'flush'.
local function new_day(name, scores, members, visits, endpoints, sources)
  return {
    name = name, scores = scores, members = members, visits = visits, endpoints = endpoints, sources = sources,
    records = 0, by_endpoint = {}, new_members = {}, new_visits = {}, new_sources = {}, sources_at = {},
  }
end

local function add_records(day, endpoint, count)
  day.records = day.records + count
  if endpoint then day.by_endpoint[endpoint] = (day.by_endpoint[endpoint] or 0) + count end
end

local function add_visit(day, source, endpoint, sources_at)
  if not source then return end
  local visits = day.new_visits
  visits[#visits + 1] = 0
  visits[#visits + 1] = endpoint .. '\\0' .. source
  day.new_sources[#day.new_sources + 1] = source
  if sources_at then
    local list = day.sources_at[sources_at]
    if not list then
      list = {}
      day.sources_at[sources_at] = list
    end
    list[#list + 1] = source
  end
end

local function flush(day, days)
  redis.call('HINCRBY', days, day.name, digits(day.records))
  in_parts('ZADD', day.members, day.new_members)
  in_parts('ZADD', day.visits, day.new_visits)
  in_parts('PFADD', day.sources, day.new_sources)
  for key, list in pairs(day.sources_at) do in_parts('PFADD', key, list) end
  for endpoint, count in pairs(day.by_endpoint) do
    redis.call('ZINCRBY', day.endpoints, digits(count), endpoint)
  end
end

-- The first of these keys that holds something else, so that nothing fails half-way.
local function wrong_type(expected)
  for _, pair in ipairs(expected) do
    local found = redis.call('TYPE', pair[1])['ok']
    if found ~= 'none' and found ~= pair[2] then
      return redis.error_reply('WRONGTYPE ' .. pair[1] .. ' is a ' .. found .. ', not a ' .. pair[2])
    end
  end
end

local function wrong_day(day)
  return wrong_type({
    {day.scores, 'zset'}, {day.members, 'zset'}, {day.visits, 'zset'},
    {day.endpoints, 'zset'}, {day.sources, 'string'},
  })
end
`;
