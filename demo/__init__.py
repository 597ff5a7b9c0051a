"""A house to try EV Charger Pool in: virtual devices behind real sockets and a real Home Assistant."""
