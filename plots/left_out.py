"""Why a chart is not drawn."""


class LeftOut(Exception):
    """There is nothing that this chart could show; the message says why."""
