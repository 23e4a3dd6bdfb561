"""The one error of a deploy that a person can act on."""


class DeployError(Exception):
    """What was found, what was expected and where, then what to do: one text for the terminal."""
