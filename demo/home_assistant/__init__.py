"""The real Home Assistant of the demo: its process, its interfaces, and what the demo sets up in it."""
