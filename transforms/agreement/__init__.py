"""How well two views of the same nights agree."""
