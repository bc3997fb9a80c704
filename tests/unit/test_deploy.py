"""What ships beside the code says what it must: pins with hashes, no root, nothing shown to the network by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "deploy/requirements.lock", "deploy/build.lock")


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_no_lock_names_a_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"\n(?=\S)", text) if "==" in block]
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


@pytest.mark.parametrize("name", LOCKS[1:])
def test_what_is_shipped_is_what_was_tested(name: str) -> None:
    tested = pins("requirements.lock")
    assert {key: version for key, version in pins(name).items() if tested.get(key) != version} == {}


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    last_stage = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001", last_stage, re.MULTILINE)
    assert last_stage.index("USER") < last_stage.index("ENTRYPOINT")
    assert "HEALTHCHECK" in last_stage
    assert "pip install" not in last_stage
    assert text.count("--require-hashes") == 2
    assert not re.search(r"^(ADD|FROM \S+:latest)|curl|wget|sudo", text, re.MULTILINE)


def test_compose_starts_each_process_and_shows_only_the_web_on_loopback() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"postgres", "rabbitmq", "migrate", "web", "worker", "scheduler"}
    assert services["worker"]["deploy"]["replicas"] == 2
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {"web": ["127.0.0.1:8025:8025"]}
    for name in ("migrate", "web", "worker", "scheduler"):
        one = services[name]
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
        assert one["stop_grace_period"] == "60s"
    assert services["worker"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert "DUNWELL_DATABASE_URL" in services["web"]["environment"]


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy" / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_a_unit_may_do_little(unit: Path) -> None:
    lines = unit.read_text(encoding="utf-8").splitlines()
    wanted = {
        "User=dunwell",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "CapabilityBoundingSet=",
    }
    assert wanted <= set(lines)
    assert "TimeoutStopSec=60" in lines
