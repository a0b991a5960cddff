"""How often what models say is passed on. Every step on a token's way costs, from the socket to the client's socket."""

STEP_SECONDS = 0.05
"""Nobody reads faster."""


class Pace:
    """Shares a process's steps out to the answers that are being read, however many there are.

    Few answers have a step every 50 ms each. When all together would take more than `steps_per_second`, each waits
    longer and comes in larger pieces: a busy process shows every token a known time late, and stays able to work.
    """

    def __init__(self, steps_per_second: float) -> None:
        self._steps_per_second = steps_per_second
        self.open = 0
        """The answers that are being read."""

    @property
    def seconds(self) -> float:
        """From one step of an answer to its next."""
        return max(STEP_SECONDS, self.open / self._steps_per_second)

    def wait(self, now: float) -> float:
        """Seconds from `now` to the next step: `seconds`, give or take half a beat.

        Steps are taken on beats only, so that those of many answers wake the process once. Beats are as long as a step,
        and half of that where there are too many answers for one every 50 ms: so they stay close to their share.
        """
        seconds = self.seconds
        beat = STEP_SECONDS if seconds == STEP_SECONDS else STEP_SECONDS / 2
        return round((now + seconds) / beat) * beat - now
