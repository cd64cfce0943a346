"""The errors a user can cause; the command line prints them without a traceback and exits with code 2."""


class FATheoryError(Exception):
    """Base of all errors whose message is meant for the user.

    The message shows the value that triggered the error and says what to do about it.
    """


class InputError(FATheoryError, ValueError):
    """A value, file or declaration from outside is invalid."""


class UncertainComparison(FATheoryError, TypeError):
    """Two balls overlap, so their order is unknown; either answer would be a guess."""
