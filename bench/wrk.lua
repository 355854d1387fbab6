-- Requests from a file, one per line: method, path, cookie, body, separated by tabs. Each thread
-- begins elsewhere in the list. "@KEY@" in a body becomes a key that no other request has.

local count = 0

function setup(thread)
  thread:set("number", count)
  count = count + 1
end

function init(args)
  lines, posts, at, made = {}, {}, 0, 0
  for line in io.lines(args[1]) do
    local method, path, cookie, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = { ["Accept"] = "text/html" }
    if cookie ~= "" then headers["Cookie"] = cookie end
    if method == "POST" then
      headers["Content-Type"] = "application/x-www-form-urlencoded"
      posts[#lines + 1] = { path = path, headers = headers, body = body }
      lines[#lines + 1] = false
    else
      lines[#lines + 1] = wrk.format(method, path, headers)
    end
  end
  share = math.floor(#lines / args[2])
  at = number * share
  run = args[3]
end

function request()
  at = at % #lines + 1
  if lines[at] then return lines[at] end
  local post = posts[at]
  made = made + 1
  local body = post.body:gsub("@KEY@", run .. "-" .. number .. "-" .. made)
  return wrk.format("POST", post.path, post.headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
