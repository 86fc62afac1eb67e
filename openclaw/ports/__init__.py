"""The contracts between the rules and the world, two to six methods each."""
