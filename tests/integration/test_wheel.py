"""What is handed out is whole: the built wheel, installed elsewhere, plays the demo from an empty folder."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import venv
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAY = "2026-03-09"


def run(*command: object, folder: Path, **environment: str) -> str:
    """Run a command in a folder; what it printed."""
    told = {name: value for name, value in os.environ.items() if not name.startswith(("DUNWELL_", "PYTHON"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env={**told, **environment}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that holds the wheel, and beyond it only what the wheel depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    # Built from a copy: what lies about in a working folder is not what is handed out.
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "var", "data", "*.db"))
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist", folder=source)
    shutil.rmtree(source)
    [wheel] = (folder / "dist").glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    [packages] = (folder / "env").glob("lib/python*/site-packages")
    dependencies = folder / "dependencies"
    dependencies.mkdir()
    for place in map(Path, site.getsitepackages()):
        for entry in place.iterdir():
            # Everything but the checkout itself, whose link would be found instead of the wheel.
            if not entry.name.lower().startswith(("dunwell", "_dunwell", "__editable__")):
                (dependencies / entry.name).symlink_to(entry)
    (packages / "dependencies.pth").write_text(f"{dependencies}\n")
    python = folder / "env" / "bin" / "python"
    _install(wheel, packages, python)
    return python.parent


def _install(wheel: Path, packages: Path, python: Path) -> None:
    """What `pip install --no-deps` does with a wheel of pure Python, without a network or pip."""
    shutil.unpack_archive(wheel, packages, format="zip")
    [points] = packages.glob("dunwell-*.dist-info/entry_points.txt")
    assert "dunwell = dunwell.cli:main" in points.read_text()
    script = python.parent / "dunwell"
    script.write_text(f"#!{python}\nimport sys\nfrom dunwell.cli import main\nsys.exit(main())\n")
    script.chmod(0o755)


def test_the_demo_runs_from_the_wheel_in_an_empty_folder_and_writes_in_five_languages(
    installed: Path, tmp_path: Path
) -> None:
    where = run(installed / "python", "-c", "import dunwell; print(dunwell.__file__)", folder=tmp_path)
    assert where.startswith(str(installed.parent))
    printed = run(installed / "dunwell", "demo", "--once", "--date", DAY, folder=tmp_path)
    assert "2026" in printed
    languages: Counter[str] = Counter()
    for path in tmp_path.rglob(f"outbox/{DAY}/*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        assert mail["To"]
        languages[str(mail["Content-Language"])[:2]] += 1
    assert set(languages) == {"en", "es", "fr", "de", "ja"}


def test_the_wheel_holds_its_templates_policies_and_migrations(installed: Path, tmp_path: Path) -> None:
    settings = {"DUNWELL_DATA_DIR": str(tmp_path / "house")}
    run(installed / "dunwell", "migrate", folder=tmp_path, **settings)
    # Whatever works on an account loads the policies and checks every template first.
    assert "0" in run(installed / "dunwell", "audit", "verify", folder=tmp_path, **settings)
