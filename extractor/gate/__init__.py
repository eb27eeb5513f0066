"""May this bundle go? What changed since the last one, held against limits, and the answer."""
