"""Loads packs, profiles, frameworks and waivers, and chooses rules for a profile.

A load reads every file before it fails, so that its LoadError tells the faults of all of them at once.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from rules import facts, source
from rules.entries import Page
from rules.errors import FaultLog, ProfileError, did_you_mean, quote
from rules.framework_file import read_framework_file
from rules.grammar import MAX_FILES
from rules.model import Library, Rule, Selection, Waiver
from rules.pack_file import Drafted, PackFile, read_pack_file
from rules.profile_file import DEFAULT_PROFILE, DraftedProfile, fold_profiles, read_profile_file
from rules.references import KnownRules, check_frameworks, check_judged, check_maps, needed_first, tell_cycles
from rules.results import FrameworkText, PackInfo
from rules.waiver_file import read_waiver_file

__all__ = ["DEFAULT_PROFILE", "load_library", "load_profile", "load_waivers", "select"]

_PROFILES: Final = "profiles"
_FRAMEWORKS: Final = "frameworks"
_BUILT_IN: Final = "rules"


def load_library(pack_dirs: Sequence[Path] = ()) -> Library:
    """The built-in packs, profiles and frameworks, and those of further directories.

    A directory holds the *.yaml files of one pack, or sub-directories that do; its sub-directories `profiles` and
    `frameworks` hold such files. A path to a single file is a pack of that file.
    Raises LoadError with every fault of all files.
    """
    load = _Load(FaultLog())
    home = resources.files(_BUILT_IN)
    for directory, name in _sub_directories(home.joinpath("packs"), f"{_BUILT_IN}/packs", load.log):
        _read_pack(_yaml_files(directory, name, load.log), load)
    _read_profiles(home.joinpath(_PROFILES), f"{_BUILT_IN}/{_PROFILES}", load)
    _read_frameworks(home.joinpath(_FRAMEWORKS), f"{_BUILT_IN}/{_FRAMEWORKS}", load)
    for path in dict.fromkeys(pack_dirs):
        _read_directory(path, load)
    return _assembled(load)


def load_profile(path: Path, library: Library) -> Library:
    """The library with one more profile, which may extend those that it has. Raises LoadError."""
    log = FaultLog()
    page = _page(path, str(path), log)
    draft = read_profile_file(page, facts.catalogue()) if page else None
    drafts = [draft] if draft else []
    profiles = fold_profiles(drafts, library.profiles, facts.catalogue())
    known = KnownRules(library.rules)
    for draft in drafts:
        check_frameworks(draft, library.frameworks)
        known.check_all(draft.page, draft.rules)
    log.raise_if_any()
    return dataclasses.replace(library, profiles={**library.profiles, **profiles})


def load_waivers(path: Path, library: Library) -> tuple[Waiver, ...]:
    """The waivers of a file, for rules of this library. Raises LoadError."""
    log = FaultLog()
    page = _page(path, str(path), log)
    found = read_waiver_file(page) if page else []
    if page:
        KnownRules(library.rules).check_all(page, ((waiver.rule, node) for waiver, node in found))
    log.raise_if_any()
    return tuple(waiver for waiver, _ in found)


def select(library: Library, profile: str = DEFAULT_PROFILE) -> Selection:
    """The rules that a profile chooses, needed ones first and else in the order of the packs, with its severities.

    Rules that it disables, that judge something else than it is for, or that map to none of its frameworks, are left
    out. Raises ProfileError if there is no
    such profile.
    """
    chosen = library.profiles.get(profile)
    if chosen is None:
        hint = did_you_mean(profile, library.profiles) or f"; there are {', '.join(library.profiles) or 'none'}"
        raise ProfileError(f"unknown profile {quote(profile)}{hint}")
    rules = {
        rule.id: dataclasses.replace(rule, severity=chosen.severities.get(rule.id, rule.severity))
        for rule in library.rules.values()
        if rule.judged == chosen.judges
        and rule.id not in chosen.disabled
        and (not chosen.frameworks or any(name in rule.maps for name in chosen.frameworks))
    }
    read = frozenset[str]().union(*(rule.facts for rule in rules.values()))
    return Selection(chosen, needed_first(rules), frozenset(name for name in read if not name.startswith("profile.")))


@dataclass(slots=True)
class _Load:
    """What one load has read so far. `broken` names the kinds of files of which one could not be read."""

    log: FaultLog
    packs: dict[str, PackInfo] = field(default_factory=dict)
    drafts: list[Drafted] = field(default_factory=list)
    profiles: list[DraftedProfile] = field(default_factory=list)
    frameworks: dict[str, FrameworkText] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def _assembled(load: _Load) -> Library:
    """Checks what takes all files together. Where a file could not be read, names that it may hold are not missed."""
    rules: dict[str, Rule] = {}
    ids: dict[str, Drafted] = {}
    for draft in load.drafts:
        name = draft.rule.id
        if name and ids.setdefault(name, draft) is not draft:
            first = ids[name]
            place = first.page.where(first.id_node)
            draft.page.fault(draft.id_node, f"duplicate rule {quote(name)}; it is at {place} already")
        else:
            rules[name] = draft.rule
    known = KnownRules(rules, complete="packs" not in load.broken and "" not in rules)
    tell_cycles(load.drafts)
    for draft in load.drafts:
        known.check_all(draft.page, draft.needs + draft.after)
        check_judged(draft, rules)
        if _FRAMEWORKS not in load.broken:
            check_maps(draft, load.frameworks)
    for profile in load.profiles:
        known.check_all(profile.page, profile.rules)
        if _FRAMEWORKS not in load.broken:
            check_frameworks(profile, load.frameworks)
    profiles = fold_profiles(load.profiles, {}, facts.catalogue(), complete=_PROFILES not in load.broken)
    load.log.raise_if_any()
    return Library(tuple(load.packs.values()), rules, profiles, load.frameworks)


def _read_directory(path: Path, load: _Load) -> None:
    """Reads a directory that a user names; one in which nothing is found is a fault."""
    name = str(path)
    try:
        is_file, is_directory = path.is_file(), path.is_dir()
    except OSError as error:
        load.log.add(name, 0, 0, f"cannot be read: {error.strerror}")
        return
    if is_file:
        _read_pack([(path, name)], load)
    elif not is_directory:
        load.log.add(name, 0, 0, "there is no such directory of packs")
    else:
        before = len(load.log)
        files = _yaml_files(path, name, load.log)
        _read_pack(files, load)
        found = bool(files)
        for directory, inner in _sub_directories(path, name, load.log):
            if directory.name == _PROFILES:
                found |= _read_profiles(directory, inner, load)
            elif directory.name == _FRAMEWORKS:
                found |= _read_frameworks(directory, inner, load)
            else:
                files = _yaml_files(directory, inner, load.log)
                _read_pack(files, load)
                found |= bool(files)
        if not found and len(load.log) == before:
            load.log.add(name, 0, 0, "holds no *.yaml file, nor does a directory in it")


def _read_pack(files: Sequence[tuple[Traversable, str]], load: _Load) -> None:
    """Reads the files of one pack, which agree on its id and version. The digest covers names and bytes of all files."""
    digest = hashlib.sha256()
    first: PackFile | None = None
    for file, name in files:
        data = source.read(file, name, load.log)
        parsed = source.parse(name, data, load.log) if data is not None else None
        read = read_pack_file(Page(parsed, load.log), facts.catalogue()) if parsed else None
        if data is None or read is None:
            load.broken.add("packs")
            continue
        digest.update(f"{file.name}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
        load.drafts += read.rules
        if first is None:
            first = read
        if read.pack != first.pack and read.pack and first.pack:
            where = f"{first.page.file.name} is of {quote(first.pack)}"
            read.page.fault(read.pack_node, f"the files of a directory are one pack, and {where}")
        elif read.version != first.version and read.version and first.version:
            where = f"{first.page.file.name} has {quote(first.version)}"
            read.page.fault(read.version_node, f"the files of a pack have one version, and {where}")
    if first is not None and first.pack:
        if first.pack in load.packs:
            first.page.fault(first.pack_node, f"there is a pack {quote(first.pack)} already; give this one another id")
        load.packs.setdefault(first.pack, PackInfo(id=first.pack, version=first.version, digest=digest.hexdigest()))


def _read_profiles(directory: Traversable, name: str, load: _Load) -> bool:
    """Reads a directory of profiles; whether it has files."""
    files = _yaml_files(directory, name, load.log)
    for file, file_name in files:
        page = _page(file, file_name, load.log)
        draft = read_profile_file(page, facts.catalogue()) if page else None
        if draft and draft.profile.name:
            load.profiles.append(draft)
        else:
            load.broken.add(_PROFILES)
    return bool(files)


def _read_frameworks(directory: Traversable, name: str, load: _Load) -> bool:
    """Reads a directory of frameworks; whether it has files."""
    files = _yaml_files(directory, name, load.log)
    for file, file_name in files:
        before = len(load.log)
        page = _page(file, file_name, load.log)
        found = read_framework_file(page) if page else None
        if page and found:
            framework, node = found
            if load.frameworks.setdefault(framework.id, framework) is not framework:
                page.fault(node, f"duplicate framework {quote(framework.id)}")
        if len(load.log) > before:
            load.broken.add(_FRAMEWORKS)
    return bool(files)


def _page(file: Traversable, name: str, log: FaultLog) -> Page | None:
    data = source.read(file, name, log)
    parsed = source.parse(name, data, log) if data is not None else None
    return Page(parsed, log) if parsed else None


def _listed(directory: Traversable, name: str, log: FaultLog) -> list[Traversable]:
    """What a directory holds, by name, hidden files left out."""
    try:
        found = sorted(directory.iterdir(), key=lambda file: file.name)
    except OSError as error:
        log.add(name, 0, 0, f"cannot be read: {error.strerror}")
        return []
    return [file for file in found if not file.name.startswith((".", "__"))]


def _sub_directories(directory: Traversable, name: str, log: FaultLog) -> list[tuple[Traversable, str]]:
    return [(file, f"{name}/{file.name}") for file in _listed(directory, name, log) if file.is_dir()]


def _yaml_files(directory: Traversable, name: str, log: FaultLog) -> list[tuple[Traversable, str]]:
    files = [(file, f"{name}/{file.name}") for file in _listed(directory, name, log) if not file.is_dir()]
    for file, file_name in files:
        if file.name.endswith(".yml"):
            # Left aside in silence, its rules would seem to have been judged.
            log.add(file_name, 0, 0, "rename it to *.yaml; only such files are read")
    found = [(file, file_name) for file, file_name in files if file.name.endswith(".yaml")]
    if len(found) > MAX_FILES:
        log.add(name, 0, 0, f"holds more than {MAX_FILES} *.yaml files")
        return []
    return found
