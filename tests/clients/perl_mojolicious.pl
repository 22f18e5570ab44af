# The framework Mojolicious: https://docs.mojolicious.org/
use v5.36;
use utf8;
use Encode 'decode';
use Mojolicious;
use Mojo::UserAgent;

binmode STDOUT, ':encoding(UTF-8)';
STDOUT->autoflush;
my ($url, $token, $protocols, $deflate, @messages)
  = map { decode 'UTF-8', $_ } @ARGV;

if ($url eq 'version') {
  say "version @{[Mojolicious->VERSION]}";
  exit;
}

my %headers = (
  $token   ? (Authorization              => "Bearer $token")      : (),
  $deflate ? ('Sec-WebSocket-Extensions' => 'permessage-deflate') : (),
);
# It must outlive the connection.
my $agent = Mojo::UserAgent->new;
$agent->websocket(
  $url => \%headers => [split /,/, $protocols] => sub ($, $tx) {
    if (!$tx->is_websocket) {
      say "status @{[$tx->res->code]}";
      say "body @{[$tx->res->text]}";
      return Mojo::IOLoop->stop;
    }
    say 'open';
    $tx->on(text   => sub ($tx, $bytes) { say 'text ', decode 'UTF-8', $bytes });
    $tx->on(finish => sub ($tx, $code, $reason) {
      say "close $code $reason";
      Mojo::IOLoop->stop;
    });
    $tx->send($_) for @messages;
  }
);
Mojo::IOLoop->start;
