"""One participant: what is told of them in words, and the page that shows their nights."""
