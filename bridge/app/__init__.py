"""The composition root: it builds engine, session and surface and runs the use cases."""
