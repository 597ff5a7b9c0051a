"""The pure core: what a site is and how its current is shared. No I/O, no clock, no Home Assistant."""
