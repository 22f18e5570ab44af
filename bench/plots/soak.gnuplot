# Memory over the time of the soak.
width = 640
height = 360
load 'style.gnuplot'

set title 'Memory during the soak (RSS)'
set xlabel 's'
set ylabel 'MB'
set xrange [0:*]
set yrange [0:*]
unset key
plot data using 1:2 with lines linestyle 1
