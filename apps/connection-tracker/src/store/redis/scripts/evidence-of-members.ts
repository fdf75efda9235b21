/**
 * Lua that keeps what is known of members: read with few commands, added to, written with few. The text of a member is
 * that of `decodeEvidence`.
 */
export const evidenceOfMembers = `
-- Of the members in ARGV, which is every eighth after 'at'.
local function read_evidence(key, at, count)
  local known = { texts = {}, changed = {}, is_changed = {}, first_seen = {} }
  for from = 0, count - 1, 500 do
    local members = {}
    for index = from, math.min(from + 499, count - 1) do members[#members + 1] = ARGV[at + index * 8 + 1] end
    local texts = redis.call('HMGET', key, unpack(members))
    for index, member in ipairs(members) do known.texts[member] = texts[index] end
  end
  return known
end

local function add_rules(known, added)
  if known == '' or added == '' then return known .. added end
  -- Mostly there is one, and the same.
  local name, count = string.match(known, '^([^=;]+)=(%d+)$')
  if name then
    local added_name, added_count = string.match(added, '^([^=;]+)=(%d+)$')
    if name == added_name then return name .. '=' .. digits(count + added_count) end
  end
  local names, counts = {}, {}
  for _, rules in ipairs({known, added}) do
    for name, count in string.gmatch(rules, '([^=;]+)=(%d+)') do
      if not counts[name] then
        names[#names + 1] = name
        counts[name] = 0
      end
      counts[name] = counts[name] + tonumber(count)
    end
  end
  local parts = {}
  for index, name in ipairs(names) do parts[index] = name .. '=' .. digits(counts[name]) end
  return table.concat(parts, ';')
end

local function add_evidence(known, member, first, last, rules, example)
  local text = known.texts[member]
  local known_first, known_last, known_rules, known_example
  if text then
    known_first, known_last, known_rules, known_example =
      string.match(text, '^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
  end
  if known_first then
    if tonumber(known_last) > tonumber(last) then last = known_last end
    rules = add_rules(known_rules, rules)
    example = known_example
  end
  if known_first and tonumber(known_first) <= tonumber(first) then
    first = known_first
  else
    -- Of a member that comes twice the later one counts, which is the earlier time.
    known.first_seen[#known.first_seen + 1] = first
    known.first_seen[#known.first_seen + 1] = member
  end
  known.texts[member] = first .. '\\n' .. last .. '\\n' .. rules .. '\\n' .. example
  if not known.is_changed[member] then
    known.is_changed[member] = true
    known.changed[#known.changed + 1] = member
  end
end

local function write_evidence(key, first_seen, known)
  local pairs = {}
  for index, member in ipairs(known.changed) do
    pairs[2 * index - 1] = member
    pairs[2 * index] = known.texts[member]
  end
  in_parts('HSET', key, pairs)
  in_parts('ZADD', first_seen, known.first_seen)
end
`;
