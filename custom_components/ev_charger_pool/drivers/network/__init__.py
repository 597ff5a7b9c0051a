"""Chargers and meters with an interface of their own on the network: HTTP, UDP and multicast."""
