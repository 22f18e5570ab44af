#!/usr/bin/python3
"""Runs the benchmark: starts servers in turn, drives load, writes results.

See bench/README.md. Ends with 1 if a measurement failed or a peer is missing,
and with 2 if the command line is wrong.
"""

import argparse
import shlex
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from harness import experiments, plots
from harness.experiments import Experiment
from harness.machine import describe
from harness.peers import Peer, find_peers, parse_peer
from harness.process import MeasurementError, available_cores
from harness.progress import Progress
from harness.report import report
from harness.results import Measurement, Results, Sample
from harness.settings import FULL, QUICK, Settings
from harness.workbench import Step, Workbench, raise_descriptor_limit

BENCH_DIR = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Turn:
    """A step in its round of its experiment."""

    experiment: str
    round: int
    step: Step

    @property
    def text(self) -> str:
        """What is running, in words."""
        return (f"{self.experiment} {self.step.variant} {self.step.subject}, "
                f"round {self.round}")


def peer_argument(text: str) -> Peer:
    """Reads NAME=URL[,EXPECT] of the command line."""
    try:
        return parse_peer(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    names = [experiment.name for experiment in experiments.ALL]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build-dir", type=Path,
                        default=BENCH_DIR.parent / "build" / "release")
    parser.add_argument("--quick", action="store_true",
                        help="touch everything, judge nothing")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME",
                        help=f"some experiments: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, metavar="N")
    parser.add_argument("--seconds", type=float, metavar="S",
                        help="of one measurement")
    parser.add_argument("--peer", action="append", default=[],
                        type=peer_argument, metavar="NAME=URL[,EXPECT]",
                        help="another server that runs already")
    parser.add_argument("--output", type=Path, metavar="DIR",
                        help="bench/results for a full run, "
                        "bench-results in the build directory otherwise")
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if options.seconds is not None and options.seconds <= 0:
        parser.error("--seconds must be positive")
    return options


def settings_of(options: argparse.Namespace) -> Settings:
    """What the options ask for."""
    scale = QUICK if options.quick else FULL
    if options.rounds is not None:
        scale = replace(scale, rounds=options.rounds)
    if options.seconds is not None:
        scale = replace(scale, seconds=options.seconds)
    build_dir = options.build_dir.resolve()
    full = not options.quick and not options.only
    default = BENCH_DIR / "results" if full else build_dir / "bench-results"
    return Settings(scale, options.quick, build_dir, BENCH_DIR,
                    (options.output or default).resolve())


def turns_of(chosen: list[Experiment], bench: Workbench) -> list[Turn]:
    """Every step, round by round."""
    return [Turn(experiment.name, number, step)
            for experiment in chosen
            for number in range(1, experiment.rounds(bench) + 1)
            for step in experiment.steps(bench)]


def measure(turn: Turn, progress: Progress) -> Sample:
    """Takes one step; what goes wrong is said and kept."""
    progress.begin(turn.text)
    failure = ""
    found = Measurement({})
    try:
        found = turn.step.measure()
    except MeasurementError as error:
        failure = str(error)
        progress.say(f"FAILED: {turn.text}: {failure}")
    progress.end(turn.step.seconds)
    return Sample(turn.experiment, turn.step.variant, turn.step.subject,
                  turn.round, found.values, found.details, failure)


def peers_for(settings: Settings, given: list[Peer]) -> list[Peer]:
    """All peers. Only the quick run may do without some."""
    found, missing = find_peers(settings)
    names = [peer.name for peer in found + given]
    if len(set(names)) < len(names):
        print(f"two peers of one name: {', '.join(names)}", file=sys.stderr)
        sys.exit(2)
    for text in missing:
        print(f"missing peer {text}", file=sys.stderr)
    if missing and not settings.quick:
        sys.exit(1)
    return found + given


def write(results: Results, settings: Settings) -> list[str]:
    """Writes numbers, tables and plots; returns what could not be drawn."""
    output = settings.output_dir
    output.mkdir(parents=True, exist_ok=True)
    results.write(output / "results.json")
    page = report(results)
    (output / "table.md").write_text(page)
    print(page)
    problems = plots.draw(results, BENCH_DIR / "plots", output)
    for text in problems:
        print(text, file=sys.stderr)
    print(f"Written to {output}", file=sys.stderr)
    return problems


def main(arguments: list[str]) -> int:
    """Runs what the command line asks for."""
    options = options_of(arguments)
    settings = settings_of(options)
    if not settings.binary("stagedoor-load").exists():
        print(f"{settings.binary('stagedoor-load')} is not built; "
              "`make bench` builds it", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    raise_descriptor_limit()
    bench = Workbench(settings, available_cores(),
                      tuple(peers_for(settings, options.peer)))
    if bench.cores.shared:
        print("only one core: servers and load share it", file=sys.stderr)
    results = Results(
        machine=describe(settings.build_dir, BENCH_DIR),
        run={"command": shlex.join(["bench/run.py", *arguments])
             if arguments else "make bench",
             "judged": settings.judges and not bench.cores.shared,
             "rounds": settings.scale.rounds,
             "seconds": settings.scale.seconds,
             "peers": {peer.name: peer.title for peer in bench.peers},
             "foreign": [peer.name for peer in bench.peers
                         if not peer.ours]})
    chosen = [experiment for experiment in experiments.ALL
              if not options.only or experiment.name in options.only]
    turns = turns_of(chosen, bench)
    progress = Progress(len(turns), sum(turn.step.seconds for turn in turns))
    try:
        for turn in turns:
            results.samples.append(measure(turn, progress))
    finally:
        progress.close()
    problems = write(results, settings)
    return 1 if problems or results.failures() else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
