"""Samples of one recording into epochs, calibration and wear."""
