"""Virtual devices: their registers as the makers document them, and the socket in front of them."""
