"""What script/simulate runs."""
