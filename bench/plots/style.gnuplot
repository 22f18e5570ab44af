# What all plots share. Given: format (svg or png), plot_file, blocks of
# the data, width, height.

if (format eq 'svg') {
  set terminal svg size width, height font 'DejaVu Sans,13' \
    background '#ffffff'
} else {
  set terminal pngcairo size width, height font 'DejaVu Sans,10' \
    background '#ffffff'
}
set output plot_file
set encoding utf8
set style line 1 linecolor '#4c72b0' linewidth 2 pointtype 7 pointsize 0.7
set style line 2 linecolor '#dd8452' linewidth 2 pointtype 7 pointsize 0.7
set style line 3 linecolor '#55a868' linewidth 2 pointtype 7 pointsize 0.7
set style line 4 linecolor '#c44e52' linewidth 2 pointtype 7 pointsize 0.7
set style line 5 linecolor '#8172b3' linewidth 2 pointtype 7 pointsize 0.7
set style line 6 linecolor '#937860' linewidth 2 pointtype 7 pointsize 0.7
set style line 7 linecolor '#da8bc3' linewidth 2 pointtype 7 pointsize 0.7
set style line 8 linecolor '#8c8c8c' linewidth 2 pointtype 7 pointsize 0.7
set border 3 linecolor '#555555'
set tics nomirror
set grid ytics linecolor '#dddddd' linetype 1
# The colours of bars, in the order of the peers, as of the lines above.
array colours[8] = [0x4c72b0, 0xdd8452, 0x55a868, 0xc44e52, 0x8172b3, \
                    0x937860, 0xda8bc3, 0x8c8c8c]
colour(i) = colours[int(i) % 8 + 1]
set style arrow 1 heads size screen 0.006, 90 fixed linecolor '#333333'
set errorbars linecolor '#333333'
# Where only the echo and Stagedoor are shown, they keep their colours, too.
style_of(i) = i == blocks - 1 ? 3 : 1
