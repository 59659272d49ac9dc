"""What Slack says no with."""


class SlackError(Exception):
    """Answered as ``{"ok": false, "error": …}``."""

    def __init__(self, error: str, message: str = "") -> None:
        super().__init__(error)
        self.message = message
