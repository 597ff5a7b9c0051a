"""What script/bench runs."""
