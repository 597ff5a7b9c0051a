"""What talks to chargers and meters. No Home Assistant here, except in the driver for its entities."""
