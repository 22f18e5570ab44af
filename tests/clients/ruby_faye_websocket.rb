# The gem faye-websocket, on websocket-driver.
require 'eventmachine'
require 'faye/websocket'

$stdout.sync = true
url, token, protocols, _deflate, *messages = ARGV

if url == 'version'
  puts "version #{Gem::Specification.find_by_name('faye-websocket').version}"
  exit
end

headers = token.empty? ? {} : { 'Authorization' => "Bearer #{token}" }
EM.run do
  socket = Faye::WebSocket::Client.new(url, protocols.split(','),
                                       headers: headers)
  opened = false
  socket.on :open do
    opened = true
    puts 'open'
    messages.each { |message| socket.send(message) }
  end
  socket.on(:message) { |event| puts "text #{event.data}" }
  socket.on(:error) { |event| puts "failed #{event.message}" unless opened }
  socket.on :close do |event|
    puts "close #{event.code} #{event.reason}"
    EM.stop
  end
end
