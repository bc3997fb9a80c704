"""Every sample of flufl.bounce's own test data is taken as a report. Fetched, for its wheel doesn't bring them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.bounces import NO_BOUNCES, fetch_samples, samples
from outreach.replies.bounces import read_report


@pytest.mark.slow
def test_every_sample_of_flufl_bounce_is_taken_as_a_report(tmp_path: Path) -> None:
    told = os.environ.get("DUNWELL_BOUNCE_SAMPLES")
    folder = Path(told) if told else fetch_samples(tmp_path)
    if folder is None:
        pytest.skip("flufl.bounce's source distribution can't be fetched; set DUNWELL_BOUNCE_SAMPLES to its tests/data")
    found = samples(folder)
    assert len(found) >= 117
    assert {name for name, raw in found.items() if read_report(raw) is None} == NO_BOUNCES
