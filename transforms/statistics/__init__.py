"""Estimators that need numerics: intervals, models, disclosure control; pure functions on frames."""
