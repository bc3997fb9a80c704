"""Errors that a person can meet. The message says what was wrong, where, and what to do."""


class DunwellError(Exception):
    """Base of every error that is told to a person in one or two lines, without a traceback."""

    exit_code = 1


class BadInput(DunwellError):
    """What was given (a file, a policy, an option) is refused whole; nothing was changed."""

    exit_code = 2


class NotAllowed(DunwellError):
    """The person or the state of things doesn't permit the act."""

    exit_code = 3


class NotReady(DunwellError):
    """Something that must stand first (migration, ledger, template, server) doesn't."""

    exit_code = 4
