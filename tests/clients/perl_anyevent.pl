# The library AnyEvent::WebSocket::Client.
use v5.36;
use utf8;
use AnyEvent;
use AnyEvent::WebSocket::Client;
use Encode 'decode';

binmode STDOUT, ':encoding(UTF-8)';
STDOUT->autoflush;
my ($url, $token, $protocols, $deflate, @messages)
  = map { decode 'UTF-8', $_ } @ARGV;

if ($url eq 'version') {
  say "version $AnyEvent::WebSocket::Client::VERSION";
  exit;
}

my $client = AnyEvent::WebSocket::Client->new(
  http_headers => $token ? {Authorization => "Bearer $token"} : {},
  $protocols ? (subprotocol => [split /,/, $protocols]) : (),
);
my $connection = eval { $client->connect($url)->recv };
if (!$connection) {
  print 'failed ', $@ =~ s/\n.*//sr, "\n";
  exit;
}

my $closed = AnyEvent->condvar;
say 'open';
$connection->on(each_message => sub ($, $message, @) {
  say 'text ', $message->decoded_body;
});
$connection->on(finish => sub (@) { $closed->send });
$connection->send($_) for @messages;
$closed->recv;
say "close @{[$connection->close_code]} @{[$connection->close_reason]}";
