"""The command line of script/simulate."""

import argparse
from pathlib import Path
import sys

from custom_components.ev_charger_pool.simulation.scenario_file import ScenarioError

from .library import run_library
from .single import run_file
from .soak import run_random

_WRONG = 2
_INTERRUPTED = 130


def parse(arguments: list[str]) -> argparse.Namespace:
    """What the user wants; exits with 2 where that is not clear."""
    parser = argparse.ArgumentParser(
        prog="script/simulate",
        description="Runs the pool's controller in a virtual house and says what happened.",
        epilog="Exit status 1 where a rule was broken, 2 where the command or a scenario is wrong. How the figures are "
        "counted: docs/figures.md.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a scenario, see docs/scenarios.md")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures of FILE and a series to OUT")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw FILE's fuses and chargers into OUT.png")
    parser.add_argument("--all", action="store_true", help="run the library: scenarios/*.yaml")
    parser.add_argument("--random", type=count, metavar="N", help="draw N evenings of three hours at random")
    parser.add_argument("--seed", type=int, metavar="S", help="of --random: evening k of seed S is always the same")
    parser.add_argument("--processes", type=count, metavar="P", help="of --all and --random: run so many at a time (2)")
    options = parser.parse_args(arguments)
    if sum((options.file is not None, options.all, options.random is not None)) != 1:
        parser.error("one of FILE, --all and --random N is needed")
    if options.file is None and (options.json or options.plot):
        parser.error("--json and --plot need a FILE")
    if (options.random is None) != (options.seed is None):
        parser.error("--random N and --seed S need each other")
    if options.file is not None and options.processes is not None:
        parser.error("--processes is for --all and --random")
    return options


def count(text: str) -> int:
    """A number of things."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above 0")
    return number


def main(arguments: list[str]) -> int:
    """Run what was asked for; the exit status."""
    options = parse(arguments)
    processes = options.processes or 2
    try:
        if options.all:
            return run_library(Path("scenarios"), processes)
        if options.random is not None:
            return run_random(options.seed, options.random, processes)
        return run_file(options.file, options.json, options.plot)
    except ScenarioError as error:
        wrong = str(error)
    except OSError as error:
        if error.filename is None:
            raise
        wrong = f"{error.filename}: {error.strerror}"
    except KeyboardInterrupt:
        return _INTERRUPTED
    print(f"script/simulate: {wrong}", file=sys.stderr)
    return _WRONG


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
