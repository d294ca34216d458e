"""`python -m scanner`: the same as the `mailready` command."""

from scanner.cli import main

main()
