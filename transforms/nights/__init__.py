"""When somebody was in bed, and when asleep."""
