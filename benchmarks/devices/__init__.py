"""Chargers and a meter that answer in a process of their own, so that what they cost is not counted."""
