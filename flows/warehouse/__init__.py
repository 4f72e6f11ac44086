"""From the core to the published tables."""
