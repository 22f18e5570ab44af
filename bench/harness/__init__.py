"""What the benchmark's run is made of.

An experiment lists steps; a step starts servers, drives load at them and
returns numbers; tables and plots read nothing but the numbers.
"""
