# What a message costs while something grows. Given: label, what grows.
width = 640
height = 420
load 'style.gnuplot'

set title 'CPU time of a message by the number of '.label
set logscale x
set xlabel label
set ylabel 'µs'
set yrange [0:*]
set offsets graph 0.05, graph 0.05, 0, 0
set key left bottom
plot for [i = 0 : blocks - 1] data index i using 1:2:3:4 \
       with yerrorbars linestyle (i + 1) notitle, \
     for [i = 0 : blocks - 1] data index i using 1:2 \
       with lines linestyle (i + 1) title columnheader(1)
