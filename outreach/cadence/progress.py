"""Where a cycle stands: which step is next, and whether its day has come.

Going through the steps is sequential. The next after-due step is the one behind the last one done, so no order of
runs, payments, promises or policy edits skips or repeats one. Steps before and on the due day belong to their own days
and are passed over once those are gone: old debt enters at the first after-due step.
"""

from __future__ import annotations

from datetime import date

from domain.documents import StageDone
from domain.touches import SkipReason
from outreach.cadence.policy import Anchor, Policy, Step

PROMISE_BROKEN = "promise_broken:"
PROMISE_REMINDER = "promise_reminder:"
"""Beginnings of stage codes that are no steps of a policy; the promise's id follows."""

BEFORE_EVERY_STEP = -32768
"""Offset of such a touch where no step was done yet: it stands at none, and moves the cycle nowhere."""

_Done = tuple[StageDone, ...]


def next_after(done: _Done, policy: Policy) -> int:
    """Index in `policy.after` of the next step; its length when the cycle is finished.

    By stage code, which survives edits of the policy; a code that the policy has no more counts by its offset.
    """
    position = 0
    for stage in done:
        code = stage.stage
        at = policy.after_index.get(code)
        if at is not None:
            position = max(position, at + 1)
        elif _is_after_due(stage, policy):
            position = max(position, policy.first_after(stage.offset))
    return position


def _is_after_due(stage: StageDone, policy: Policy) -> bool:
    """Whether a stage was an after-due step, of this policy or of an earlier wording of it."""
    return stage.stage in policy.after_index or (stage.offset > 0 and ":" not in stage.stage)


def next_due(
    done: _Done, effective_due: date, today: date, policy: Policy, stopped: int = 0, resumed_on: date | None = None
) -> SkipReason | Step:
    """The step whose day has come, or why there is none: NOT_DUE, GRACE, CYCLE_FINISHED or BETWEEN_STEPS.

    `stopped` are days past due on which the clock stood still, `resumed_on` the day it went on. The interval between
    two contacts is `interval_holds`.
    """
    late = (today - effective_due).days
    if late < 0:
        return _before_due(done, late, policy)
    position = next_after(done, policy) if done else 0
    if position == len(policy.after):
        return SkipReason.CYCLE_FINISHED if policy.after else _on_due(done, late, policy)
    step = policy.after[position]
    if not _reached(step, done, effective_due, today, policy, stopped, resumed_on):
        if position == 0 and not _reached(step, done, effective_due, today, policy, 0, None):
            return _on_due(done, late, policy)
        return SkipReason.BETWEEN_STEPS
    return SkipReason.GRACE if late <= policy.grace_days else step


def _before_due(done: _Done, late: int, policy: Policy) -> SkipReason | Step:
    """The newest step before the due day whose window is open: the others' time is gone."""
    step = next((step for step in reversed(policy.before) if late >= step.offset), None)
    if step is None or any(stage.stage == step.code for stage in done):
        return SkipReason.NOT_DUE
    return step


def _on_due(done: _Done, late: int, policy: Policy) -> SkipReason | Step:
    """From the due day until the first after-due step: the notice of that day, if the policy has one."""
    step = policy.on_due
    if step is not None and not any(stage.stage == step.code for stage in done):
        return step
    if late == 0:
        return SkipReason.NOT_DUE
    return SkipReason.GRACE if late <= policy.grace_days else SkipReason.BETWEEN_STEPS


def _reached(
    step: Step,
    done: _Done,
    effective_due: date,
    today: date,
    policy: Policy,
    stopped: int,
    resumed_on: date | None,
) -> bool:
    if step.anchor is Anchor.DUE:
        return (today - effective_due).days - stopped >= step.offset + (not policy.inclusive)
    previous_on = max((stage.on for stage in done if _is_after_due(stage, policy)), default=None)
    threshold = policy.threshold(step, effective_due, previous_on)
    if step.anchor is Anchor.PREVIOUS and previous_on is not None and (resumed_on is None or resumed_on <= previous_on):
        stopped = 0
    return (today - threshold).days >= stopped


def interval_holds(
    step: Step,
    done: _Done,
    today: date,
    policy: Policy,
    manual_on: date | None = None,
    resumed_on: date | None = None,
) -> bool:
    """Whether `step` must wait because the last contact about the same thing is too recent.

    After a step of the cycle the policy's minimum interval must pass, or the days between the two steps where the
    policy itself sets them closer. After a contact by hand (`manual_on`) or a settled dispute (`resumed_on`) the whole
    minimum interval must pass. As for steps, `inclusive` says whether the last day of the interval counts.
    """
    needed = policy.min_interval_days + (not policy.inclusive)
    for day in (manual_on, resumed_on):
        if day is not None and (today - day).days < policy.min_interval_days:
            return True
    last = last_demand(done)
    if last is None:
        return False
    since = (today - last.on).days
    gap = step.offset - last.offset
    on_schedule = gap > 0 and since >= gap and ":" not in last.stage
    return since < needed and not on_schedule


def offset_reached(done: _Done) -> int:
    """How far the cycle came, as a step's offset; what a touch that is no step takes for its own."""
    return max((stage.offset for stage in done), default=BEFORE_EVERY_STEP)


def last_demand(done: _Done) -> StageDone | None:
    """The newest step done, reminders of an open promise left out: they demand nothing."""
    asked = [stage for stage in done if not stage.stage.startswith(PROMISE_REMINDER)]
    return max(asked, key=lambda stage: (stage.on, stage.offset), default=None)
