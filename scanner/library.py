"""Opens packs, profiles and waivers for a run; what is wrong with them ends it with every fault's place."""

from __future__ import annotations

import difflib
from pathlib import Path

from rules.errors import RulesError
from rules.loader import load_library, load_profile, load_waivers
from rules.model import Library, Waiver
from scanner.errors import UsageError
from scanner.plan import AUTO

__all__ = ["domain_profiles", "open_library", "open_waivers"]


def open_library(packs: tuple[Path, ...], profile: str = AUTO) -> tuple[Library, str]:
    """The library, and the name of the profile that `profile` asks for: its name, or the path of a profile file."""
    try:
        library = load_library(packs)
        if profile == AUTO or profile in library.profiles:
            return library, profile
        if profile.endswith((".yaml", ".yml")) or "/" in profile:
            known = set(library.profiles)
            library = load_profile(Path(profile), library)
            (added,) = set(library.profiles) - known
            return library, added
    except RulesError as error:
        raise UsageError(str(error)) from None
    names = [*sorted(library.profiles), AUTO]
    near = difflib.get_close_matches(profile, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"profiles are {', '.join(names)}; a profile file ends in .yaml."
    raise UsageError(f"--profile {profile}: no such profile; {hint}")


def domain_profiles(library: Library) -> frozenset[str]:
    """The profiles by which domains can be judged."""
    return frozenset(name for name, profile in library.profiles.items() if profile.judges == "domains")


def open_waivers(path: Path | None, library: Library) -> tuple[Waiver, ...]:
    """The waivers of a file; none without one."""
    if path is None:
        return ()
    try:
        return load_waivers(path, library)
    except RulesError as error:
        raise UsageError(str(error)) from None
