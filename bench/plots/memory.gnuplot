# Bars of the memory of an idle connection; whiskers as in throughput.gnuplot.
width = 760
height = 420
load 'style.gnuplot'

set title 'Memory of an idle connection (RSS)'
set style fill solid 0.85 noborder
set boxwidth 0.7
set xtics scale 0
set ylabel 'KB'
unset key
stats data using 4 nooutput
set yrange [0 : 1.15 * STATS_max]
plot data using 0:2:(colour($0)):xtic(1) with boxes linecolor rgb variable, \
     data using 0:3:(0):($4 - $3) with vectors arrowstyle 1, \
     data using 0:4:(sprintf('%.1f', $2)) with labels offset 0, 0.8
