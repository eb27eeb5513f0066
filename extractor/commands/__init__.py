"""The commands, by theme; each turns its arguments into a call, and a result into words."""
