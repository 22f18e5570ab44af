# The package websocket of Tcllib.
package require websocket

fconfigure stdout -encoding utf-8 -buffering line
set messages [lassign $argv url token protocols deflate]

if {$url eq "version"} {
    puts "version [package present websocket]"
    exit
}

proc handle {socket type content} {
    switch $type {
        connect {
            puts open
            foreach message $::messages {
                ::websocket::send $socket text $message
            }
        }
        text { puts "text $content" }
        close {
            puts "close [join $content]"
            set ::ended 1
        }
        error {
            puts "failed $content"
            set ::ended 1
        }
        disconnect { set ::ended 1 }
    }
}

set headers {}
if {$token ne ""} {
    lappend headers Authorization "Bearer $token"
}
::websocket::open $url handle -headers $headers -protocol [split $protocols ,]
vwait ended
