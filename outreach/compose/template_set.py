"""Finding, reading and compiling templates: one sandboxed environment for all locales, made once at start.

A locale's words are looked for in its own folder, then in its language's; never in another language. The words of a
step are written once (`body.txt`) and laid out twice, by `layouts/letter.txt` and `layouts/letter.html`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from domain.errors import NotReady
from outreach.compose.context import CHASING, Stage
from outreach.compose.formats import parse_locale
from outreach.compose.view import PLAIN_VIEWS
from outreach.compose.words import WORD_NAMES, Replacements, Words, read_words, replace_all

PARTS = ("subject.txt", "body.txt", "sms.txt")
LETTER_PARTS = ("salutation.txt", "closing.txt", "footer.txt", "charges.txt")
LAYOUTS = ("letter.txt", "letter.html")
TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
"""Jinja's own marks: what stands between them is prose."""


def parts_of(stage: Stage) -> tuple[str, ...]:
    """File names that a step needs; one that asks for money also has the sentence of its section."""
    return (*PARTS, "section.txt") if stage in CHASING else PARTS


@dataclass(frozen=True, slots=True)
class StepTemplates:
    """The compiled parts of one step in one locale."""

    subject: Template
    body: Template
    sms: Template
    section: Template | None


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that is written in one locale. `folder` is the locale's name under `templates/locales/`."""

    folder: str
    words: Words
    steps: dict[Stage, StepTemplates]
    salutation: Template
    closing: Template
    footer: Template
    charges: Template


def read_tree(root: Traversable | Path) -> dict[str, str]:
    """Every .txt, .html and .toml file of the layouts and locales under `root` → its text, by its path with slashes."""
    found: dict[str, str] = {}

    def walk(folder: Traversable | Path, path: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            if entry.is_dir():
                walk(entry, f"{path}{entry.name}/")
            elif entry.name.endswith((".txt", ".html", ".toml")):
                found[path + entry.name] = entry.read_text(encoding="utf-8")

    # `pages/` beside them is the web's.
    for name in ("layouts", "locales"):
        if root.joinpath(name).is_dir():
            walk(root.joinpath(name), f"{name}/")
    return found


class _Loader(BaseLoader):
    """Serves `layouts/…` as they are and `<locale>/<step>/<part>` by the fallback chain, with the locale's spelling."""

    def __init__(self, templates: TemplateSet) -> None:
        self.templates = templates

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        source = self.templates.source(template)
        if source is None:
            raise TemplateNotFound(template)
        return source, None, None


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a short way to the plain values that we pass ourselves.

    Its checks of every attribute cost more than the rest of rendering; a view holds nothing but text, so it needs none.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) in PLAIN_VIEWS and attribute in obj.__slots__:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


class TemplateSet:
    """All templates of an installation. `sources` maps paths below `templates/` to their text."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.sources = sources
        self.environment = _Environment(
            loader=_Loader(self),
            undefined=StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(".html"),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.environment.globals["line_break"] = Markup("<br>\n")
        self.folders = sorted({path.split("/")[1] for path in sources if path.startswith("locales/")})
        self._books: dict[str, Book] = {}
        self._layouts: dict[str, Template] = {}
        self._words: dict[str, tuple[dict[str, str], Replacements]] = {}

    def folder_for(self, locale: str) -> str | None:
        """The folder whose words a reader of `locale` gets: the region's, else the language's, else None."""
        found = parse_locale(locale)
        for name in (str(found), found.language):
            if name in self.folders:
                return name
        return None

    def covers(self, locale: str) -> bool:
        """Whether there are words in the language of `locale`."""
        return self.folder_for(locale) is not None

    def book(self, locale: str) -> Book:
        """The words for `locale`. Raises NotReady when its language has none: another language is never used."""
        book = self._books.get(locale)
        if book is None:
            folder = self.folder_for(locale)
            if folder is None:
                languages = ", ".join(f for f in self.folders if "_" not in f)
                raise NotReady(f"no templates for locale {locale!r}; there are {languages}. Add templates/locales/…")
            book = self._books[locale] = self._make_book(folder)
        return book

    def layout(self, name: str) -> Template:
        """A language-neutral layout, `letter.txt` or `letter.html`."""
        found = self._layouts.get(name)
        if found is None:
            found = self._layouts[name] = self._compile(f"layouts/{name}")
        return found

    def chain(self, folder: str) -> tuple[str, ...]:
        """Folders searched for a locale's files: the region, then its language."""
        language = folder.split("_")[0]
        return (folder,) if folder == language else (folder, language)

    def words_of(self, folder: str) -> tuple[dict[str, str], Replacements]:
        """Words and spelling replacements of a folder, its language's below them. Not yet checked to be complete."""
        if folder not in self._words:
            words: dict[str, str] = {}
            replace: Replacements = ()
            for name in reversed(self.chain(folder)):
                path = f"locales/{name}/words.toml"
                if path in self.sources:
                    own, pairs = read_words(self.sources[path], f"templates/{path}")
                    words.update(own)
                    replace = replace if pairs is None else pairs
            self._words[folder] = ({key: replace_all(text, replace) for key, text in words.items()}, replace)
        return self._words[folder]

    def path_of(self, folder: str, file: str) -> str | None:
        """The path of `first/body.txt` as `folder` gets it, or None when neither region nor language has it."""
        for name in self.chain(folder):
            if f"locales/{name}/{file}" in self.sources:
                return f"locales/{name}/{file}"
        return None

    def where(self, name: str) -> str:
        """The file behind a template's name, for a person who has to mend it."""
        if name.startswith("layouts/"):
            return f"templates/{name}"
        folder, _, file = name.partition("/")
        return f"templates/{self.path_of(folder, file) or f'locales/{name}'}"

    def source(self, name: str) -> str | None:
        """The text of a template by its name, with the locale's replacements made outside Jinja's own marks."""
        if name.startswith("layouts/"):
            return self.sources.get(name)
        folder, _, file = name.partition("/")
        path = self.path_of(folder, file)
        if path is None:
            return None
        pairs = self.words_of(folder)[1]
        pieces = TAG.split(self.sources[path].rstrip("\n"))
        pieces[::2] = [replace_all(piece, pairs) for piece in pieces[::2]]
        return "".join(pieces)

    def part(self, folder: str, file: str) -> Template:
        """Compiled `first/body.txt` of a folder. Raises NotReady when it is missing or not readable as a template."""
        # A region that spells as its language does shares its compiled template: most of start-up's time.
        language = self.chain(folder)[-1]
        path = self.path_of(folder, file)
        same = path == f"locales/{language}/{file}" and self.words_of(folder)[1] == self.words_of(language)[1]
        return self._compile(f"{language if same else folder}/{file}")

    def _compile(self, name: str) -> Template:
        try:
            return self.environment.get_template(name)
        except TemplateNotFound:
            raise NotReady(f"{self.where(name)} is missing; write it") from None
        except TemplateSyntaxError as error:
            raise NotReady(f"{self.where(name)}, line {error.lineno}: {error.message}") from None

    def _make_book(self, folder: str) -> Book:
        words = self.words_of(folder)[0]
        missing = sorted(WORD_NAMES - set(words))
        if missing:
            raise NotReady(f"templates/locales/{folder}/words.toml lacks {', '.join(missing)}")
        salutation, closing, footer, charges = (self.part(folder, f"letter/{part}") for part in LETTER_PARTS)
        return Book(
            folder=folder,
            words=Words(**words),
            steps={stage: self._make_step(folder, stage) for stage in Stage},
            salutation=salutation,
            closing=closing,
            footer=footer,
            charges=charges,
        )

    def _make_step(self, folder: str, stage: Stage) -> StepTemplates:
        subject, body, sms = (self.part(folder, f"{stage}/{part}") for part in PARTS)
        section = self.part(folder, f"{stage}/section.txt") if stage in CHASING else None
        return StepTemplates(subject, body, sms, section)


@lru_cache(maxsize=8)
def load_templates(path: Path | None = None) -> TemplateSet:
    """The shipped templates, with the files under `path` (the same tree, as much of it as wanted) in their place.

    Finds the shipped ones in a checkout and in an installed wheel alike. Raises NotReady when `path` is no folder.
    """
    sources = read_tree(resources.files("templates"))
    if path is not None:
        if not path.is_dir():
            raise NotReady(f"templates folder {path} is not there; check the setting")
        sources.update(read_tree(path))
    return TemplateSet(sources)
