"""The parts of the config flow: forms, checks before saving, and the flows of subentries."""
