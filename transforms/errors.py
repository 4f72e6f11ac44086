"""Errors that a user sees, one class for each person who must act.

Every message says what was found, what was wanted, where (file, participant, column) and what to do.
"""


class StudyError(Exception):
    """Root of every error raised on purpose; shown without a traceback."""


class InputError(StudyError):
    """A delivered file is not what it says it is; the data manager acts (exit code 10).

    ``reason_code`` is the stable word that lands in ``rejected_recording.reason_code``.
    """

    def __init__(self, message: str, *, reason_code: str = "unreadable") -> None:
        super().__init__(message)
        self.reason_code = reason_code


class SettingsError(StudyError):
    """The study's settings do not make sense; the operator acts (exit code 11)."""


class ContractError(StudyError):
    """A frame, file or table breaks a promise between our own parts; we act (exit code 12)."""


class ExpectationError(StudyError):
    """Data are readable but not believable; the scientist acts (exit code 13)."""


class MachineError(StudyError):
    """The machine or the store cannot do its part now; the administrator acts, and no input is blamed (exit code 14)."""
