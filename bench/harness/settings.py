"""How much is measured: the full run, and the quick one."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Load:
    """So many connections, each with so many messages in flight."""

    connections: int
    in_flight: int

    def __str__(self) -> str:
        return f"{self.connections}x{self.in_flight}"


@dataclass(frozen=True)
class Scale:
    """The numbers that differ between the full run and the quick one."""

    rounds: int
    # How long one measurement takes, and how long before it is not measured.
    seconds: float
    warmup_seconds: float
    loads: tuple[Load, ...]
    # Beside these, throughput is measured with that many connections.
    crowd: Load
    paced_messages_per_second: int
    # The peer of an interpreter cannot keep up with the rate of the others.
    slow_messages_per_second: int
    idle_connections: int
    # How long a server is watched that has nothing to do.
    idle_seconds: float
    # At which messages per second two units are held against one.
    unit_rates: tuple[int, ...]
    growth_connections: tuple[int, ...]
    growth_routes: tuple[int, ...]
    growth_permissions: tuple[int, ...]
    broadcast_members: int
    broadcast_events: int
    # The members of a group whose rights end, one after the other.
    revoked_members: int
    soak_messages: int
    # Under callgrind: the difference of these two counts is what is counted.
    counted_messages: tuple[int, int]
    # The same at a rate at which the server waits for each message.
    paced_counted_messages: tuple[int, int]
    # The members of a group, and the same of events that each of them gets.
    counted_members: int
    counted_events: tuple[int, int]
    micro_seconds: float


FULL = Scale(
    rounds=5,
    seconds=2.0,
    warmup_seconds=0.5,
    loads=(Load(64, 1), Load(64, 16)),
    crowd=Load(1_000, 1),
    paced_messages_per_second=10_000,
    slow_messages_per_second=2_000,
    idle_connections=10_000,
    idle_seconds=3.0,
    unit_rates=(20_000, 50_000),
    growth_connections=(10, 100, 1_000, 10_000),
    growth_routes=(1, 10, 100, 500, 1_000),
    growth_permissions=(1, 2, 4, 8, 16),
    broadcast_members=1_000,
    broadcast_events=1_000,
    revoked_members=1_000,
    soak_messages=5_000_000,
    counted_messages=(2_048, 18_432),
    paced_counted_messages=(128, 1_152),
    counted_members=100,
    counted_events=(16, 176),
    micro_seconds=0.2,
)

QUICK = Scale(
    rounds=1,
    seconds=0.2,
    warmup_seconds=0.05,
    loads=(Load(64, 1), Load(64, 16)),
    crowd=Load(1_000, 1),
    paced_messages_per_second=5_000,
    slow_messages_per_second=1_000,
    idle_connections=200,
    idle_seconds=0.5,
    unit_rates=(5_000,),
    growth_connections=(10, 100),
    growth_routes=(1, 100),
    growth_permissions=(1, 16),
    broadcast_members=100,
    broadcast_events=20,
    revoked_members=100,
    soak_messages=50_000,
    counted_messages=(128, 640),
    paced_counted_messages=(64, 320),
    counted_members=20,
    counted_events=(4, 20),
    micro_seconds=0.01,
)

# Fewer rounds show no spread that anybody should judge by.
ROUNDS_TO_JUDGE = 5

YARDSTICK = '{"route":"open/42/","action":"your_custom_action"}'


def message_on(route: str) -> str:
    """The yardstick's message on another route."""
    return YARDSTICK.replace("open/42/", route)


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    scale: Scale
    quick: bool
    build_dir: Path
    bench_dir: Path
    output_dir: Path

    @property
    def judges(self) -> bool:
        """Whether the numbers are held against the bars."""
        return not self.quick and self.scale.rounds >= ROUNDS_TO_JUDGE

    def binary(self, name: str) -> Path:
        """A program that CMake built for the benchmark."""
        return self.build_dir / "bench" / name
