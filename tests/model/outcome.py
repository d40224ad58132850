"""How an execution, and what it asks of its node, can end."""

import spec


class End(Exception):
    """The program is done: exit, moved or delivered."""


class Fault(Exception):
    """The program is broken, or cannot move: a name of spec/reasons.def, or the code of an exception."""
    def __init__(self, reason):
        super().__init__(reason)
        self.code = reason if isinstance(reason, int) else spec.REASONS[reason]


class Refusal:
    """A node's no to a route or a service: the code of an exception."""
    def __init__(self, code):
        self.code = code
