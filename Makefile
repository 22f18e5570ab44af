# Thin: each command also works by hand, with the presets of CMakePresets.json.

JOBS := $(shell nproc)
ARGS :=

# What `bench/run.py` starts.
BENCH := stagedoor-load echo-server broadcast-server json-server action-server \
	stagedoor-micro

# How long `make reconnects` takes.
SECONDS := 300

.PHONY: help run test reconnects bench bench-quick bench-million bench-build setup \
	test-setup bench-setup

help:
	@echo 'make run    builds and starts the example server; ARGS="--port=9000" are its options'
	@echo 'make test   builds everything and runs all tests'
	@echo 'make reconnects  cuts 200 clients off again and again, and looks that none loses'
	@echo '            an event unsaid (5 minutes); SECONDS=60 takes one'
	@echo 'make bench  measures against other servers (35 minutes), writes bench/results'
	@echo 'make bench-quick  tries all of the benchmark (90 seconds), judges nothing;'
	@echo '            ARGS="--only soak --rounds 1" are options of bench/run.py'
	@echo 'make bench-million  opens as many idle connections as the machine allows;'
	@echo '            ARGS="--aim 100000" are options of bench/million.py'
	@echo 'make setup  installs the packages that the build needs (Debian 12 or 13)'

run: setup
	@echo '== building the example server (build/release) =='
	@cmake --preset release
	@cmake --build --preset release --target newsroom -j $(JOBS)
	@echo '== starting it; Ctrl-C ends it =='
	@exec build/release/examples/newsroom/newsroom $(ARGS)

test: test-setup
	@echo '== building everything (build/release) =='
	@cmake --preset release
	@cmake --build --preset release -j $(JOBS)
	@echo '== running all tests =='
	@ctest --preset release -j $(JOBS)

reconnects: test-setup
	@echo '== building the example server (build/release) =='
	@cmake --preset release
	@cmake --build --preset release --target newsroom -j $(JOBS)
	@echo '== cutting clients off for $(SECONDS) s =='
	@tests/javascript/run.sh reconnects $(CURDIR)/build/release/tests/javascript/work \
		build/release/examples/newsroom/newsroom $(SECONDS)

bench: bench-build
	@echo '== measuring; nothing else should run on this machine =='
	@bench/run.py $(ARGS)

bench-quick: bench-build
	@echo '== trying the benchmark =='
	@bench/run.py --quick $(ARGS)

bench-million: bench-build
	@echo '== opening connections =='
	@bench/million.py $(ARGS)

bench-build: bench-setup
	@echo '== building servers and load (build/release) =='
	@cmake --preset release -DSTAGEDOOR_BUILD_BENCHMARKS=ON
	@cmake --build --preset release --target $(BENCH) -j $(JOBS)

setup:
	@.ci/setup

test-setup:
	@.ci/setup test

bench-setup:
	@.ci/setup bench
