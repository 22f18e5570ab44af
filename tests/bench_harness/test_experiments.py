"""What experiments do with numbers, and how they are put in rounds."""

import json
import unittest
from collections import Counter
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import run
from harness import experiments
from harness.experiments import instructions, units
from harness.experiments.broadcast import (
    EVENT, Broadcast, bare_sockets, request_to)
from harness.experiments.instructions import Instructions
from harness.experiments.levels import Levels
from harness.experiments.memory import Memory, request_for
from harness.experiments.micro import times
from harness.experiments.soak import warmed_up
from harness.experiments.throughput import Throughput
from harness.experiments.units import Units
from harness.load import Report, ServerUsage
from harness.peers import echo, one_function, stagedoor
from harness.process import Cores
from harness.settings import FULL, QUICK, Load, Settings
from harness.workbench import Workbench

FULL_RUN_SECONDS_MAX = 31 * 60
QUICK_RUN_SECONDS_MAX = 90


def bench_of(scale):
    """A bench at which nothing is started."""
    settings = Settings(scale, scale is QUICK, Path("/b"), Path("/s"),
                        Path("/o"))
    return Workbench(settings, Cores((0,), (1,)),
                     (echo(settings), one_function(settings),
                      stagedoor(settings)))


class TurnsTest(unittest.TestCase):
    def test_a_round_goes_through_all_peers_before_the_next(self):
        bench = bench_of(FULL)
        turns = [turn for turn in run.turns_of(list(experiments.ALL), bench)
                 if turn.experiment == "latency"]
        self.assertEqual(
            [(turn.round, turn.step.subject) for turn in turns[:8]],
            [(1, "echo"), (1, "json"), (1, "stagedoor"), (1, "spin"),
             (2, "echo"), (2, "json"), (2, "stagedoor"), (2, "spin")])
        self.assertEqual(turns[-1].round, 5)

    def test_names_are_one_experiment_each(self):
        names = [experiment.name for experiment in experiments.ALL]
        self.assertEqual(len(names), len(set(names)))

    def test_both_runs_touch_everything_within_their_time(self):
        for scale, seconds_max in ((FULL, FULL_RUN_SECONDS_MAX),
                                   (QUICK, QUICK_RUN_SECONDS_MAX)):
            turns = run.turns_of(list(experiments.ALL), bench_of(scale))
            self.assertEqual({turn.experiment for turn in turns},
                             {each.name for each in experiments.ALL})
            self.assertLess(sum(turn.step.seconds for turn in turns),
                            seconds_max)


class OptionsTest(unittest.TestCase):
    def test_only_a_full_run_replaces_the_results_of_the_repository(self):
        def output(*arguments):
            return run.settings_of(
                run.options_of(list(arguments))).output_dir.name
        self.assertEqual(output(), "results")
        self.assertEqual(output("--quick"), "bench-results")
        self.assertEqual(output("--only", "soak"), "bench-results")
        self.assertEqual(output("--quick", "--output", "here"), "here")

    def test_a_wrong_command_line_ends_with_2(self):
        for wrong in (["--rounds", "0"], ["--seconds", "0"], ["--only", "x"],
                      ["--peer", "x"]):
            with self.subTest(wrong), redirect_stderr(StringIO()) as said:
                with self.assertRaises(SystemExit) as ended:
                    run.options_of(wrong)
                self.assertEqual(ended.exception.code, 2)
                self.assertIn(wrong[0], said.getvalue())

    def test_few_rounds_are_not_judged(self):
        def judges(*arguments):
            return run.settings_of(run.options_of(list(arguments))).judges
        self.assertTrue(judges())
        self.assertTrue(judges("--rounds", "7"))
        self.assertFalse(judges("--rounds", "4"))
        self.assertFalse(judges("--quick", "--rounds", "7"))


class BroadcastTest(unittest.TestCase):
    def test_all_members_hear_the_same_whoever_sends_it(self):
        bench = bench_of(FULL)
        bare, own = (request_to(bench, peer, Load(3, 2)) for peer in (
            bare_sockets(bench.settings), bench.stagedoor()))
        self.assertEqual({bare.message, bare.event, own.event}, {EVENT})
        self.assertEqual(json.loads(own.message)["text"],
                         json.loads(EVENT)["data"]["text"])
        self.assertEqual((own.connections, own.in_flight), (3, 2))

    def test_the_yardstick_is_measured_beside_each_load(self):
        steps = Broadcast().steps(bench_of(FULL))
        self.assertEqual([(step.variant, step.subject) for step in steps],
                         [(load, subject) for load in ("1000x1", "1000x16")
                          for subject in ("bare", "stagedoor", "nodes")])


def turns_of(experiment):
    """What a full round of it measures of what."""
    return [(step.variant, step.subject)
            for step in experiment.steps(bench_of(FULL))]


class Recorder:
    """Stands in for the bench and its load, and starts nothing."""

    def __init__(self, p50=100.0):
        self.settings = bench_of(FULL).settings
        self.cores = Cores((0,), (1,))
        self.seen = []
        self.p50 = p50

    def stagedoor(self, *arguments):
        self.seen.append(arguments)
        return stagedoor(self.settings, *arguments)

    def request(self, peer, load):
        return bench_of(FULL).request(peer, load)

    @contextmanager
    def serving(self, _, cores):
        self.seen.append(cores)
        yield None

    def load_on(self, cores):
        self.seen.append(cores)
        return self

    def run(self, _, request):
        self.seen.append(request)
        return Report(1.0, 1, 1.0, {"p50": self.p50}, [],
                      ServerUsage(1.0, 0.5, 0, 0))


class StepsTest(unittest.TestCase):
    def test_throughput_is_also_that_of_a_crowd(self):
        self.assertEqual(
            [load for load, subject in turns_of(Throughput())
             if subject == "stagedoor"], ["64x1", "64x16", "1000x1"])

    def test_two_units_are_held_against_one_at_the_same_rate(self):
        self.assertEqual(
            turns_of(Units()),
            [(f"{rate} messages/s", number) for rate in ("20,000", "50,000")
             for number in ("1", "2")])

    def test_units_differ_in_nothing_but_their_number(self):
        one, two = Recorder(), Recorder()
        units.measure(one, 1, 20_000)
        units.measure(two, 2, 20_000)
        self.assertEqual((one.seen[0], two.seen[0]),
                         (("--units", "1"), ("--units", "2")))
        self.assertEqual(one.seen[1:], two.seen[1:])
        self.assertEqual(one.seen[1], (0, 1))
        self.assertEqual(one.seen[3].rate, 20_000)

    def test_a_rate_that_is_not_kept_has_no_cost(self):
        for p50, kept in ((4_999.0, True), (5_001.0, False)):
            values = units.measure(Recorder(p50), 2, 20_000).values
            self.assertEqual("cpu_us_per_message" in values, kept)
            self.assertEqual(values["latency_p50_us"], p50)

    def test_the_echo_follows_the_permission_on_another_node(self):
        turns = turns_of(Levels())
        at = turns.index(("64x16", "remote"))
        self.assertEqual(turns[at + 1], ("64x16", "echo"))

    def test_memory_is_that_of_three_kinds_of_connections(self):
        self.assertEqual(
            [(variant, subject) for variant, subject in turns_of(Memory())
             if subject == "stagedoor"],
            [(f"10000 {state}", "stagedoor")
             for state in ("idle", "spoken once", "in a group")])

    def test_each_connection_sends_one_message_or_none(self):
        peer = bench_of(FULL).stagedoor()
        idle, spoken, group = (
            request_for(peer, state, 50)
            for state in ("idle", "spoken once", "in a group"))
        self.assertEqual((idle.mode, idle.messages), ("idle", None))
        for request in (spoken, group):
            self.assertEqual(
                (request.mode, request.connections, request.in_flight,
                 request.messages, request.warmup),
                ("messages", 50, 1, 50, 0.0))
        self.assertEqual(json.loads(group.message),
                         {"route": "group/", "action": "join"})


class InstructionsTest(unittest.TestCase):
    def test_a_delivery_is_counted_once_behind_all_messages(self):
        self.assertEqual(
            turns_of(Instructions()),
            [(load, subject) for load in ("64x1", "64x16")
             for subject in ("echo", "json", "stagedoor")]
            + [("delivery", "stagedoor"), ("delivery", "history")])

    def test_few_events_and_many_go_to_the_same_members(self):
        bench = bench_of(FULL)
        few, many = (
            instructions.deliveries(bench, bench.stagedoor(), events)
            for events in FULL.counted_events)
        self.assertEqual(replace(few, messages=many.messages), many)
        self.assertEqual((few.mode, few.connections, few.in_flight,
                          few.messages, few.warmup, few.event),
                         ("broadcast", 100, 1, 16, 0.0, EVENT))

    def test_the_cost_of_an_event_is_shared_by_all_members(self):
        runs = [Counter({"instructions": number, "allocation": number // 100})
                for number in (1_000_000, 37_000_000)]
        with patch.object(instructions, "count", side_effect=runs) as counted:
            found = instructions.measure_delivery(
                bench_of(FULL), bench_of(FULL).stagedoor("--group=kept"))
        self.assertEqual(found.values["instructions"], 2_250.0)
        self.assertEqual(found.values["allocations"], 22.5)
        self.assertEqual([call.args[1].command[-1]
                          for call in counted.call_args_list],
                         ["--group=kept"] * 2)


class NumbersTest(unittest.TestCase):
    def test_micro_benchmarks_are_in_nanoseconds(self):
        self.assertEqual(
            times('{"benchmarks":[{"name":"a","cpu_time":2,"time_unit":"us",'
                  '"run_type":"iteration"},{"name":"a_mean","cpu_time":1,'
                  '"time_unit":"ns","run_type":"aggregate"}]}'),
            {"a": 2000.0})

    def test_the_warm_up_is_the_first_tenth(self):
        samples = [(0.5, 10), (1.0, 20), (1.5, 30), (9.0, 40)]
        self.assertEqual(warmed_up(samples, 10.0), 20)
        self.assertEqual(warmed_up([(1.0, 20)], 10.0), 20)
        with self.assertRaises(ValueError):
            warmed_up([], 10.0)
