# Bars of messages per second, a panel for each load; whiskers are the least
# and the greatest of the rounds.
width = 1200
height = 420
load 'style.gnuplot'

set style fill solid 0.85 noborder
set boxwidth 0.7
set rmargin 9
set xtics rotate by -25 scale 0
set format y '%.0f'
set ylabel 'thousand messages/s'
unset key
array titles[3] = ['64 connections × 1 in flight', '64 × 16 in flight', \
                   '1,000 × 1 in flight']
set multiplot layout 1, blocks
do for [i = 0 : blocks - 1] {
  set title titles[i + 1]
  set yrange [*:*]
  stats data index i using 4 nooutput
  set yrange [0 : 1.15 * STATS_max / 1000]
  plot data index i using 0:($2 / 1000):(colour($0)):xtic(1) with boxes \
         linecolor rgb variable, \
       data index i using 0:($3 / 1000):(0):(($4 - $3) / 1000) \
         with vectors arrowstyle 1, \
       data index i using 0:($4 / 1000):(sprintf('%.0f', $2 / 1000)) \
         with labels offset 0, 0.8
}
unset multiplot
