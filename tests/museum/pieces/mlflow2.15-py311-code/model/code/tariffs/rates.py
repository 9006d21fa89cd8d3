"""Which rate holds when."""


def rate(hour):
    """Return "night" or "day"."""
    return "night" if hour < 6 or hour >= 22 else "day"
