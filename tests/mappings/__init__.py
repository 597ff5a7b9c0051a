"""Chargers of integrations that Home Assistant knows."""
