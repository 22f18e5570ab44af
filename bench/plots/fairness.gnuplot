# The victim's p99 by what runs beside it, a group of bars for each server.
width = 760
height = 420
load 'style.gnuplot'

set title 'p99 of 20 connections, by what runs beside them'
set style data histograms
set style histogram errorbars gap 1 linewidth 1
set style fill solid 0.85 noborder
set ylabel 'µs'
set logscale y
set yrange [10:*]
set format y '%.0f'
set xtics scale 0
set key above
plot for [i = 0 : blocks - 1] data index i using 2:3:4:xtic(1) \
  linestyle style_of(i) title columnheader(1)
