"""Run the command line as ``python -m reelscribe``."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="reelscribe")
