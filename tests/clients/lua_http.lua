-- The library http: https://daurnimator.github.io/lua-http/
local version = require "http.version"
local websocket = require "http.websocket"

io.stdout:setvbuf "line"
local url, token, protocols = ...

if url == "version" then
  print("version " .. version.version)
  os.exit()
end

local offered = {}
for name in protocols:gmatch "[^,]+" do
  table.insert(offered, name)
end
local socket = websocket.new_from_uri(url, #offered > 0 and offered or nil)
if token ~= "" then
  socket.request.headers:append("authorization", "Bearer " .. token)
end

local connected, problem = socket:connect()
if not connected then
  print("failed " .. problem)
  os.exit()
end

print "open"
for _, message in ipairs { select(5, ...) } do
  assert(socket:send(message, "text"))
end
while true do
  local text, reason, code = socket:receive()
  if not text then
    print("close " .. code .. " " .. reason)
    break
  end
  print("text " .. text)
end
