"""Check derivations that are written in LaTeX."""
