"""Times of a scenario for people."""


def at_time(seconds: float) -> str:
    """``0:31:10``, hours, minutes and seconds since the start."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"
