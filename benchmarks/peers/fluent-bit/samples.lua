-- Of a record: -1 drops it, 1 replaces it and its time.

function parse(tag, timestamp, record)
  local machine, value, time = string.match(record["log"], "machine=(%S+) value=(%S+) (%d+)%d%d%d")
  if machine == nil then return -1, 0, 0 end
  -- µs: a double holds them exactly.
  return 1, timestamp, { machine = machine, time = tonumber(time), value = tonumber(value) }
end

local series = {}

function window(tag, timestamp, record)
  local value = record["value"]
  if not (value < 500) then return -1, 0, 0 end
  local machine = record["machine"]
  local one = series[machine]
  if one == nil then
    one = { count = 0 }
    series[machine] = one
  elseif not (math.abs(value - one.passed) > 0.05) then
    return -1, 0, 0
  end
  one.passed = value
  local start = record["time"] - record["time"] % 10000000
  if one.count > 0 and one.start == start then
    one.count = one.count + 1
    one.sum = one.sum + value
    if value < one.min then one.min = value end
    if value > one.max then one.max = value end
    return -1, 0, 0
  end
  local closed = nil
  if one.count > 0 then
    closed = {
      machine = machine, start = one.start, mean = one.sum / one.count,
      min = one.min, max = one.max, count = one.count
    }
  end
  one.start, one.count, one.sum, one.min, one.max = start, 1, value, value, value
  if closed == nil then return -1, 0, 0 end
  return 1, timestamp, closed
end
