"""When one rule fires: at each of its times once, unless it is disabled, changed or gone by then."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass
class Schedule:
    """The times of one rule.

    Attributes:
        next_time: The first time of the rule after a moment.
        is_current: Whether the rule is still what it was when this was made.
        is_enabled: Whether it may fire now.
        fire: Sends the event to the targets that the rule has now.
    """

    next_time: Callable[[datetime], datetime]
    made_at: datetime
    is_current: Callable[[], bool]
    is_enabled: Callable[[], bool]
    fire: Callable[[], None]

    def __post_init__(self) -> None:
        self.due_at = self.next_time(self.made_at)

    def run(self, now: datetime) -> bool:
        """Fire if it is time; return whether it goes on."""
        if not self.is_current():
            return False
        if now >= self.due_at:
            self.due_at = self.next_time(now)
            if self.is_enabled():
                threading.Thread(target=self.fire, name="scheduled-rule", daemon=True).start()
        return True
