# What a message costs while something grows. Given: label, what grows.
width = 640
height = 420
load 'style.gnuplot'

set title 'CPU time of a message by the number of '.label
# What is linear shows as a straight line; connections should not show at all.
if (label eq 'connections') {
  set logscale x
  set offsets graph 0.05, graph 0.05, 0, 0
} else {
  set xrange [0:*]
  set offsets 0, graph 0.05, 0, 0
}
set xlabel label
set ylabel 'µs'
set yrange [0:*]
set key above
plot for [i = 0 : blocks - 1] data index i using 1:2:3:4 \
       with yerrorbars linestyle style_of(i) notitle, \
     for [i = 0 : blocks - 1] data index i using 1:2 \
       with lines linestyle style_of(i) title columnheader(1)
