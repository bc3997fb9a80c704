"""The check at start: every template of every locale is read, looked through and rendered before anything is sent."""

from __future__ import annotations

from jinja2 import TemplateError, meta

from domain.errors import DunwellError
from outreach.compose.context import CHASING, Stage
from outreach.compose.render import Message, prepare, render
from outreach.compose.samples import sample_letter, sample_letters
from outreach.compose.stray import find_stray, find_unbalanced
from outreach.compose.template_set import LAYOUTS, LETTER_PARTS, TAG, TemplateSet, parts_of
from outreach.compose.view import SLOTS
from outreach.compose.words import WORD_NAMES

BODY_ONLY = frozenset({"salutation", "closing", *SLOTS})
NEEDED_SLOTS = ("salutation", "closing", "signature")


def check_templates(templates: TemplateSet) -> list[str]:
    """Problems of a template set, each with its file and what to do; an empty list when messages may be sent.

    Looks for missing and unknown files and words, variables that don't exist, slots that a body forgot, words of
    another language and marks that don't close; then renders every step in every locale, tone and number with invented
    letters. Takes about a second for ten locales.
    """
    problems = _check_layouts(templates)
    languages = [folder for folder in templates.folders if "_" not in folder]
    if not languages:
        return [*problems, "templates/locales holds no language; reinstall or check the templates folder"]
    for folder in templates.folders:
        found = [
            *_check_files(templates, folder),
            *_check_words(templates, folder),
            *_check_sources(templates, folder),
        ]
        # Rendering would only repeat, less clearly, what is wrong already.
        problems += found if found or problems else _check_rendered(templates, folder)
    return problems


def _check_layouts(templates: TemplateSet) -> list[str]:
    problems = []
    for name in LAYOUTS:
        try:
            templates.layout(name)
        except DunwellError as error:
            problems.append(str(error))
    return problems


def _check_files(templates: TemplateSet, folder: str) -> list[str]:
    """Files that are missing (also from the language below a region), and files that nothing will ever read."""
    wanted = {f"letter/{part}" for part in LETTER_PARTS}
    wanted |= {f"{stage}/{part}" for stage in Stage for part in parts_of(stage)}
    prefix = f"locales/{folder}/"
    have = {path.removeprefix(prefix) for path in templates.sources if path.startswith(prefix)}
    missing = sorted(file for file in wanted if templates.path_of(folder, file) is None)
    unknown = sorted(have - wanted - {"words.toml"})
    return [f"templates/{prefix}{file} is missing; write it" for file in missing] + [
        f"templates/{prefix}{file} is not a part of any step; correct its name or remove it" for file in unknown
    ]


def _check_words(templates: TemplateSet, folder: str) -> list[str]:
    try:
        words, _ = templates.words_of(folder)
    except DunwellError as error:
        return [str(error)]
    where = f"templates/locales/{folder}/words.toml"
    problems = [f"{where} lacks {name}; add it" for name in sorted(WORD_NAMES - set(words))]
    language = folder.split("_")[0]
    for name, text in sorted(words.items()):
        problems += [f"{where}: {name} holds {word!r} of another language" for word in find_stray(text, language)]
    return problems


def _known_variables(templates: TemplateSet, folder: str) -> frozenset[str]:
    """Names that the words of a step may use, taken from what rendering really passes."""
    values = prepare(templates, sample_letter(Stage.WE_HAVE_YOUR_MESSAGE, folder)).values
    return frozenset(values) | frozenset(templates.environment.globals)


def _check_sources(templates: TemplateSet, folder: str) -> list[str]:
    """Each file's marks and words, without rendering: finds what a branch that no sample takes would hide."""
    try:
        known = _known_variables(templates, folder)
    except DunwellError as error:
        return [str(error)]
    language = folder.split("_")[0]
    problems = []
    for path in sorted(templates.sources):
        if not path.startswith(f"locales/{folder}/") or not path.endswith(".txt"):
            continue
        source = templates.source(path.removeprefix("locales/")) or ""
        part = path.rsplit("/", 1)[1]
        allowed = known | BODY_ONLY if part == "body.txt" else known
        try:
            used = meta.find_undeclared_variables(templates.environment.parse(source))
        except TemplateError as error:
            problems.append(f"templates/{path}: {error.message}")
            continue
        problems += [f"templates/{path} uses {name}, which doesn't exist" for name in sorted(used - allowed)]
        if part == "body.txt":
            problems += [f"templates/{path} lacks {{{{ {name} }}}}" for name in _missing_slots(path, used)]
        prose = " ".join(TAG.split(source)[::2])
        problems += [f"templates/{path} holds {word!r} of another language" for word in find_stray(prose, language)]
    return problems


def _missing_slots(path: str, used: set[str]) -> list[str]:
    step = path.split("/")[2]
    needed = [*NEEDED_SLOTS, "invoices"] if step in CHASING or step == Stage.STATEMENT else list(NEEDED_SLOTS)
    return [name for name in needed if name not in used]


def _check_rendered(templates: TemplateSet, folder: str) -> list[str]:
    language = folder.split("_")[0]
    problems: dict[str, None] = {}
    for letter in sample_letters(folder):
        where = f"templates of {folder}/{letter.stage}"
        try:
            message = render(templates, letter)
        except DunwellError as error:
            problems[str(error)] = None
            continue
        except (TypeError, ValueError, ArithmeticError) as error:
            # What an operator's expression may raise beyond Jinja's own errors.
            problems[f"{where}: {error}"] = None
            continue
        for problem in _look_at(message, language):
            problems[f"{where}: {problem}"] = None
    return list(problems)


def _look_at(message: Message, language: str) -> list[str]:
    parts = {"subject": message.subject, "text": message.text, "HTML": message.html, "SMS": message.sms}
    found = [f"the {name} is empty" for name, text in parts.items() if not text.strip()]
    for name in ("subject", "text", "SMS"):
        found += [f"the {name} opens or closes only one of {pair}" for pair in find_unbalanced(parts[name], language)]
    return found
