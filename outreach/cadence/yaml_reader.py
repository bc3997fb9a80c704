"""Reading YAML strictly: every value keeps its line, and every error says file, line, field, what was read and what is
expected. All errors are collected, so that one look at the list mends a file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import yaml

E = TypeVar("E", bound=StrEnum)
_NULL, _BOOL, _INT = ("tag:yaml.org,2002:" + kind for kind in ("null", "bool", "int"))


@dataclass
class Problems:
    """What is wrong in one file, in order of its lines."""

    file: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, where: str, read: str, expected: str) -> None:
        """Notes one problem: 1-based line, field, what was read, what is expected."""
        self.found.append((line, f"{self.file}:{line}: {where}: read {read}; expected {expected}"))

    def lines(self) -> list[str]:
        """The problems as lines of text."""
        return [text for _, text in sorted(self.found)]


def shown(node: yaml.Node) -> str:
    """What a node reads as, for a message."""
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if node.tag == _NULL and not node.value else repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def line_of(node: yaml.Node) -> int:
    """1-based line on which a node begins."""
    return int(node.start_mark.line) + 1


def read_document(text: str, problems: Problems) -> Fields | None:
    """The one mapping that a file holds; None (with a problem) for anything else."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(mark.line + 1 if mark else 1, "file", str(error.problem or error.context), "YAML")
        return None
    except yaml.YAMLError as error:
        problems.add(1, "file", str(error).splitlines()[0], "YAML")
        return None
    if node is None:
        problems.add(1, "file", "nothing", "a policy")
        return None
    return Fields.of(node, "", problems)


class Fields:
    """A mapping of a file. Each `take_…` reads one key, notes what is wrong with it, and then returns the default."""

    def __init__(
        self, nodes: dict[str, yaml.Node], keys: dict[str, int], line: int, at: str, problems: Problems
    ) -> None:
        self._nodes = nodes
        self._keys = keys
        self._asked: set[str] = set()
        self.line = line
        self.at = at
        self.problems = problems

    @classmethod
    def of(cls, node: yaml.Node, at: str, problems: Problems) -> Fields | None:
        """A node as mapping; None (with a problem) when it isn't one. A key given twice is a problem."""
        if not isinstance(node, yaml.MappingNode):
            problems.add(line_of(node), at or "file", shown(node), "a mapping of fields")
            return None
        nodes: dict[str, yaml.Node] = {}
        keys: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else shown(key)
            if name in nodes:
                problems.add(line_of(key), _join(at, name), "the field a second time", f"it once (line {keys[name]})")
                continue
            nodes[name], keys[name] = value, line_of(key)
        return cls(nodes, keys, line_of(node), at, problems)

    def __contains__(self, name: str) -> bool:
        self._asked.add(name)
        return name in self._nodes

    def name(self, key: str) -> str:
        """A key with the path to it, for messages."""
        return _join(self.at, key)

    def line_at(self, key: str) -> int:
        """The line of a key, or of the mapping where the key is missing."""
        return self._keys.get(key, self.line)

    def wrong(self, key: str, expected: str, read: str | None = None) -> None:
        """Notes that a key's value isn't what is expected."""
        node = self._nodes.get(key)
        seen = read if read is not None else "nothing" if node is None else shown(node)
        self.problems.add(self.line_at(key), self.name(key), seen, expected)

    def node(self, key: str) -> yaml.Node | None:
        """The node of a key, or None; the key counts as known."""
        self._asked.add(key)
        return self._nodes.get(key)

    def all_keys(self) -> Iterable[str]:
        """The keys as written; all count as known from now on."""
        self._asked.update(self._nodes)
        return list(self._nodes)

    def take_text(self, key: str, default: str | None = None, expected: str = "a word") -> str | None:
        """A text that isn't empty."""
        node = self.node(key)
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.wrong(key, expected)
            return default
        return str(node.value).strip()

    def take_days(self, key: str, default: int | None = None, least: int = 0, most: int = 3650) -> int | None:
        """A whole number of days."""
        node = self.node(key)
        if node is None:
            return default
        value = _whole(node)
        if value is None or not least <= value <= most:
            self.wrong(key, f"whole days from {least} to {most}" + _sign_hint(value))
            return default
        return value

    def take_flag(self, key: str, default: bool) -> bool:
        """true or false."""
        node = self.node(key)
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode) or node.tag != _BOOL:
            self.wrong(key, "true or false")
            return default
        return str(node.value).lower() in ("true", "yes", "on")

    def take_choice(self, key: str, kind: type[E], default: E | None, allowed: Iterable[E] | None = None) -> E | None:
        """One of an enum's values."""
        node = self.node(key)
        if node is None:
            return default
        found = self._choice(node, self.name(key), kind, allowed)
        return default if found is None else found

    def take_choices(self, key: str, kind: type[E], default: tuple[E, ...]) -> tuple[E, ...]:
        """A list of an enum's values, none twice; a single value counts as a list of one."""
        node = self.node(key)
        if node is None:
            return default
        found: list[E] = []
        for entry in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            value = self._choice(entry, self.name(key), kind, None)
            if value is not None and value in found:
                self.problems.add(line_of(entry), self.name(key), f"{value.value!r} a second time", "each once")
            elif value is not None:
                found.append(value)
        if not found and isinstance(node, yaml.SequenceNode) and not node.value:
            self.wrong(key, "at least one of " + _list(entry.value for entry in kind), "an empty list")
        return tuple(found) or default

    def take_texts(self, key: str) -> frozenset[str]:
        """A list of texts; a single text counts as a list of one."""
        node = self.node(key)
        if node is None:
            return frozenset()
        entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
        texts = [entry.value.strip() for entry in entries if isinstance(entry, yaml.ScalarNode) and entry.value.strip()]
        if not texts or len(texts) != len(entries):
            self.wrong(key, "a list of names, at least one")
        return frozenset(texts)

    def take_list(self, key: str, read: Callable[[yaml.Node, str], None]) -> int:
        """Calls `read(node, path)` for each entry of a list; returns how many there were."""
        node = self.node(key)
        if node is None:
            return 0
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(key, "a list")
            return 0
        for at, entry in enumerate(node.value, start=1):
            read(entry, f"{self.name(key)}[{at}]")
        return len(node.value)

    def refuse_unknown(self) -> None:
        """Notes every key that nobody asked for, with the one that was probably meant."""
        for key in self._nodes:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"one of {_list(sorted(self._asked))}"
                self.problems.add(self._keys[key], self.name(key), "an unknown field", hint)

    def _choice(self, node: yaml.Node, where: str, kind: type[E], allowed: Iterable[E] | None) -> E | None:
        values = [entry.value for entry in (allowed or kind)]
        if isinstance(node, yaml.ScalarNode) and node.value in values:
            return kind(node.value)
        close = difflib.get_close_matches(str(node.value), values, n=1) if isinstance(node, yaml.ScalarNode) else []
        hint = f"; did you mean {close[0]!r}?" if close else ""
        self.problems.add(line_of(node), where, shown(node), f"one of {_list(values)}{hint}")
        return None


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _list(values: Iterable[str]) -> str:
    return ", ".join(values)


def _whole(node: yaml.Node) -> int | None:
    if not isinstance(node, yaml.ScalarNode) or node.tag != _INT:
        return None
    try:
        return int(node.value)
    except ValueError:
        return None


def _sign_hint(value: int | None) -> str:
    return "; before and after are said by the field's name, never by a sign" if value is not None and value < 0 else ""
