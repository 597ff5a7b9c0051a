"""Where profiles are: those that ship with the integration, and those that a user has added.

Looking for them reads files: call it from an executor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .fields import ProfileError
from .profile import load_charger_profile, load_meter_profile
from .profile_model import ChargerProfile, MeterProfile

PROFILES = Path(__file__).parent / "profiles"
CHARGERS = "chargers"
METERS = "meters"


@cache
def charger_profiles() -> dict[str, ChargerProfile]:
    """The chargers that ship with the integration, by id."""
    return {path.stem: load_charger_profile(path) for path in _files(PROFILES / CHARGERS)}


@cache
def meter_profiles() -> dict[str, MeterProfile]:
    """The meters that ship with the integration, by id."""
    return {path.stem: load_meter_profile(path) for path in _files(PROFILES / METERS)}


@dataclass(frozen=True, slots=True)
class Library:
    """All devices that are known over Modbus.

    Args:
        chargers: By id.
        meters: By id.
        refused: Path below the folder of the user's files to what is wrong with it.
    """

    chargers: Mapping[str, ChargerProfile]
    meters: Mapping[str, MeterProfile]
    refused: Mapping[str, str]


def library(own: Path) -> Library:
    """What ships with the integration and what a user has added; a file of the user's replaces one of the same name.

    Args:
        own: The user's folder, with ``chargers`` and ``meters`` in it; need not be there.
    """
    chargers, meters, refused = dict(charger_profiles()), dict(meter_profiles()), {}
    for path in _files(own / CHARGERS):
        try:
            chargers[path.stem] = load_charger_profile(path)
        except ProfileError as error:
            refused[f"{CHARGERS}/{path.name}"] = str(error)
    for path in _files(own / METERS):
        try:
            meters[path.stem] = load_meter_profile(path)
        except ProfileError as error:
            refused[f"{METERS}/{path.name}"] = str(error)
    return Library(chargers, meters, refused)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
