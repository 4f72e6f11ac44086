"""Where results lie and what is on record of them."""
