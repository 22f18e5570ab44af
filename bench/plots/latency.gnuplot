# The distribution of latency in an open loop: the share of messages that are
# answered within a time, on an axis that spreads the slowest.
width = 900
height = 480
load 'style.gnuplot'

set title 'Latency at a fixed rate over 64 connections, \
from when each message was due'
set logscale x
set logscale y
set xrange [1:*]
set xtics ('0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, \
           '99.99 %%' 10000, '99.999 %%' 100000)
set xlabel 'messages that were answered within'
set ylabel 'µs'
set grid xtics ytics
set rmargin 6
set key left top
plot for [i = 0 : blocks - 1] data index i using 1:2 \
  with lines linestyle (i % 8 + 1) title columnheader(1)
