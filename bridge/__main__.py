"""`python -m bridge` is the `midi-bridge` command."""

from bridge.faces.cli import main

main()
