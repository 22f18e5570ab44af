# Thin: each command also works by hand, with the presets of CMakePresets.json.

JOBS := $(shell nproc)
ARGS :=

.PHONY: help run test setup test-setup

help:
	@echo 'make run    builds and starts the example server; ARGS="--port=9000" are its options'
	@echo 'make test   builds everything and runs all tests'
	@echo 'make setup  installs the packages that the build needs (Debian 12)'

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

setup:
	@.ci/setup

test-setup:
	@.ci/setup test
