"""How cars, chargers and a house behave. Pure: time is a parameter, there is no I/O and no chance."""
