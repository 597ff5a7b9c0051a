"""A virtual house in simulated time: the pool's own controller runs in it, or another one to compare with."""
