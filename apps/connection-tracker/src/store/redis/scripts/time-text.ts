/**
 * Lua that writes a time (seconds and microseconds since 1970) as the original does, `YYYY-MM-DDTHH:MM:SS.ffffffZ`. Scripts
 * have no calendar: the date is counted in eras of 400 years that begin on 1 March of year 0.
 */
export const timeText = `
local function time_text(seconds, micros)
  local shifted = math.floor(seconds / 86400) + 719468
  local era = math.floor(shifted / 146097)
  local of_era = shifted - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  local of_month = of_year - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  local second = seconds % 86400
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year, month, of_month,
    math.floor(second / 3600), math.floor(second / 60) % 60, second % 60, micros)
end
`;
