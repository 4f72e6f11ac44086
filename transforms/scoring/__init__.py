"""Scoring of leg movements to the letter of the standards, on any number of nights at once."""
