"""The study's front door: one restricted page on which a coordinator sees who delivered, what went wrong and what to do."""
