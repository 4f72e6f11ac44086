"""Numbers with a meaning: frozen classes, named instances, units and sources."""
